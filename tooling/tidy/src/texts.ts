import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import type { SourceText, Violation, WorkspacePackage } from "./workspace.ts";

interface TextRule {
  readonly rule: string;
  readonly pattern: RegExp;
  readonly message: string;
}

const textRules: readonly TextRule[] = [
  { rule: "todo", pattern: /\bTODO\b(?!\(#\d+\))/, message: "a to-do names its issue: TODO(#12)" },
  {
    rule: "only",
    pattern: /\b(?:test|it|describe)\.only\(/,
    message: "a focused test hides all others",
  },
  {
    rule: "skip",
    pattern: /\b(?:test|it)\.(?:skip|todo)\(/,
    message: "skip a group that says why: describe.skip(`title [skipped: reason]`)",
  },
];

/**
 * Time, chance and timers that a component takes from globals, so that no test can decide them; its context has
 * all of them.
 */
export function checkGlobals(packages: readonly WorkspacePackage[]): Violation[] {
  const globals = /\b(?:Date\.now|performance\.now|Math\.random|setTimeout|setInterval)\(|\bnew Date\(\)/;
  return packages
    .filter(({ dir }) => dir.startsWith("packages/") && dir !== "packages/core")
    .flatMap(({ sources }) => sources)
    .filter(({ text }) => globals.test(text))
    .map(({ path, text }) => {
      const message = `${globals.exec(text)?.[0]}: take clock and random from the context`;
      return { rule: "globals", path, message };
    });
}

/** Words that no source or test may hold. */
export function checkTexts(sources: readonly SourceText[]): Violation[] {
  return sources.flatMap(({ path, text }) =>
    text
      .split("\n")
      .flatMap((line, index) =>
        textRules
          .filter(({ pattern }) => pattern.test(line))
          .map(({ rule, message }) => ({ rule, path, message: `line ${index + 1}: ${message}` })),
      ),
  );
}

/** File names that say nothing about what is in them. */
export function checkFileNames(sources: readonly SourceText[]): Violation[] {
  return sources
    .filter(({ path }) => /(?:^|[/-])(?:helpers?|managers?|utils?|misc|common)\.[a-z]+$/.test(path))
    .map(({ path }) => ({ rule: "file names", path, message: "name it after the one idea that it holds" }));
}

/** Links between the Markdown pages that lead nowhere. */
export function checkLinks(root: string, pages: readonly SourceText[]): Violation[] {
  return pages.flatMap(({ path, text }) =>
    [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map(([, target]) => target ?? "")
      .filter((target) => !existsSync(join(root, posix.join(posix.dirname(path), target))))
      .map((target) => ({ rule: "links", path, message: `"${target}" is not there` })),
  );
}
