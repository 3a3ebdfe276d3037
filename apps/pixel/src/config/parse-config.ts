import { ConfigDocument } from "./config-document.ts";
import { sortedProblems, type ConfigProblem } from "./config-problem.ts";
import { clashProblems, shapeProblems } from "./config-rules.ts";
import { configSchema } from "./config-schema.ts";
import { configOf, type Config } from "./config.ts";
import type { Environment } from "./interpolate.ts";
import { notBuiltProblems } from "./not-built-yet.ts";
import { schemaProblems } from "./schema-problems.ts";

/** A config longer than this is a mistake. */
export const configBytesMax = 1024 * 1024;

/** A config, or everything that is wrong with it. */
export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** A config's text and where it stands. */
export interface ConfigText {
  readonly file: string;
  readonly text: string;
  readonly baseDir: string;
  readonly env: Environment;
}

/** Parses and validates. Gives every problem at once, not only the first. */
export function parseConfig({ file, text, baseDir, env }: ConfigText): ConfigResult {
  const document = new ConfigDocument(file, text, env);
  if (document.data === undefined) return { ok: false, problems: sortedProblems(document.problems) };
  const parsed = configSchema.safeParse(document.data);
  const wrong = parsed.success ? [] : schemaProblems(document, parsed.error.issues);
  // A key that holds nonsense is told once, as nonsense.
  const isTold = ({ message }: ConfigProblem): boolean =>
    wrong.some((problem) => problem.message.startsWith(message.slice(0, message.indexOf(":"))));
  const notBuilt = notBuiltProblems(document).filter((problem) => !isTold(problem));
  const found = [...wrong, ...shapeProblems(document), ...notBuilt];
  // A scalar whose variable is not set is wrong once; what its text would mean is no news.
  const unresolved = new Set(document.problems.map(placeOf));
  const problems = [...document.problems, ...found.filter((problem) => !unresolved.has(placeOf(problem)))];
  if (!parsed.success || problems.length > 0) return { ok: false, problems: sortedProblems(problems) };
  const config = configOf(file, baseDir, parsed.data);
  const clashes = clashProblems(document, config);
  return clashes.length > 0 ? { ok: false, problems: sortedProblems(clashes) } : { ok: true, config };
}

function placeOf(problem: ConfigProblem): string {
  return `${problem.line}:${problem.column}`;
}
