/** One thing that is wrong with a config file, and where. */
export interface ConfigProblem {
  /** The file as the user named it. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
  readonly message: string;
}

/** `FILE:LINE:COL: message` on one line, the form that editors and CI systems understand. */
export function formatProblem(problem: ConfigProblem): string {
  const message = problem.message.replaceAll(/\s*[\r\n]\s*/g, " ");
  return `${problem.file}:${problem.line}:${problem.column}: ${message}`;
}

/** Puts problems in the order of the file and drops repetitions. */
export function sortedProblems(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const byLine = new Map(problems.map((problem) => [formatProblem(problem), problem]));
  return [...byLine.values()].sort((a, b) => a.line - b.line || a.column - b.column);
}
