import type { SourceText, Violation } from "./workspace.ts";

const ruleId = "[A-Z]{3}-\\d+";

/**
 * Rules of `docs/specs` (`- **SNK-1** ...`) and the tests that show them. A test names a rule by beginning its
 * title with the number, or the rule names tests at its end: `_file.test.ts "title …"_`. Found are a rule that
 * no test shows, a test that a rule names and that is not there, and a number in a title that is no rule's.
 */
export function checkSpecs(pages: readonly SourceText[], tests: readonly SourceText[]): Violation[] {
  const titles = tests.flatMap(({ text }) => titlesOf(text));
  const cited = new Map(tests.flatMap(({ path, text }) => citedIn(text).map((id) => [id, path] as const)));
  const rules = new Set<string>();
  const violations: Violation[] = [];
  for (const { path, text } of pages) {
    for (const [line, id = ""] of text.matchAll(new RegExp(`^- \\*\\*(${ruleId})\\*\\* .*$`, "gm"))) {
      const report = (message: string): void =>
        void violations.push({ rule: "specs", path, message: `${id} ${message}` });
      if (rules.has(id)) report("is there twice");
      rules.add(id);
      const proof = / _([^_]+)_$/.exec(line)?.[1];
      if (proof === undefined && !cited.has(id)) report("has no test");
      for (const [, title = ""] of (proof ?? "").matchAll(/"([^"]+?)(?: …)?"/g)) {
        if (!titles.some((existing) => existing.startsWith(title))) report(`names no test: "${title}"`);
      }
    }
  }
  for (const [id, path] of cited) {
    if (!rules.has(id)) violations.push({ rule: "specs", path, message: `${id} is no rule of docs/specs` });
  }
  return violations;
}

function titlesOf(text: string): string[] {
  const titles = /\b(?:test|it|describe\w*)(?:\.\w+)*(?:\((?:[^"`()]|\([^()]*\))*\))?\(\s*(["`])(.+?)\1/g;
  return [...text.matchAll(titles)].map(([, , title = ""]) => title);
}

/** The numbers with which strings of a test begin: `SNK-1, SNK-2: whole or nothing`. */
function citedIn(text: string): string[] {
  const lists = text.matchAll(new RegExp(`["\`](${ruleId}(?:, ${ruleId})*): `, "g"));
  return [...lists].flatMap(([, list = ""]) => list.split(", "));
}
