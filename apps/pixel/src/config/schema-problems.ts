import type { z } from "zod";
import type { ConfigDocument, ConfigPath } from "./config-document.ts";
import type { ConfigProblem } from "./config-problem.ts";

type Issue = z.core.$ZodIssue;

/**
 * Turns what zod found into problems with a place in the file, in words an operator can use. Of a value
 * that is wrong in several ways the first is told.
 */
export function schemaProblems(document: ConfigDocument, issues: readonly Issue[]): ConfigProblem[] {
  const problems = issues.flatMap((issue) => problemsOf(document, issue, []));
  const byKey = new Map(problems.toReversed().map((problem) => [problem.message.split(": ")[0], problem]));
  return [...byKey.values()];
}

function problemsOf(document: ConfigDocument, issue: Issue, base: ConfigPath): ConfigProblem[] {
  const path = [...base, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    const keys = issue.keys.map((key) => [...path, key]);
    return keys.map((key) => document.problemAt(key, `unknown key ${pathText(key)}`, "key"));
  }
  if (issue.code === "invalid_key") {
    return [document.problemAt(path, `${pathText(path)}: ${firstMessage(issue.issues)}`, "key")];
  }
  if (valueAt(document.data, path) === undefined && issue.code !== "custom") {
    return [document.problemAt(path, `missing key ${pathText(path)}`)];
  }
  if (issue.code === "invalid_union") {
    if (issue.discriminator !== undefined) return [unknownType(document, path, issue)];
    const branch = deepestBranch(issue.errors);
    if (branch !== undefined) return branch.flatMap((inner) => problemsOf(document, inner, path));
    return [document.problemAt(path, `${pathText(path)}: expected ${expectations(issue.errors)}`)];
  }
  const message = issue.message.replace(/^Invalid (?:input|option|string): /, "");
  return [document.problemAt(path, `${pathText(path)}: ${message}`)];
}

/** The branch of a union whose form the value has, so that only something inside it is wrong. */
function deepestBranch(branches: readonly Issue[][]): Issue[] | undefined {
  return branches.find((issues) =>
    issues.every(
      (issue) => issue.path.length > 0 || (issue.code !== "invalid_type" && issue.code !== "invalid_value"),
    ),
  );
}

function expectations(branches: readonly Issue[][]): string {
  const words = branches.flat().map((issue) => {
    if (issue.code === "invalid_type") return issue.expected;
    if (issue.code === "invalid_value") return issue.values.map(String).join(" or ");
    return issue.message;
  });
  return [...new Set(words)].join(" or ");
}

function unknownType(document: ConfigDocument, path: ConfigPath, issue: Issue): ConfigProblem {
  const value = JSON.stringify(valueAt(document.data, path));
  const given = "options" in issue && Array.isArray(issue.options) ? issue.options : [];
  // Undefined stands for a type that may be left away.
  const options = given.filter((option) => option !== undefined);
  const known = options.length === 0 ? "" : `; known: ${options.map(String).join(", ")}`;
  return document.problemAt(path, `${pathText(path)}: unknown type ${value}${known}`);
}

function firstMessage(issues: readonly Issue[]): string {
  return issues[0]?.message ?? "not a valid key";
}

/** What stands at `path` in plain data; undefined when the path leads nowhere. */
export function valueAt(data: unknown, path: ConfigPath): unknown {
  let value = data;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<PropertyKey, unknown>>)[key];
  }
  return value;
}

/** `flows.pixel.source.port`, `methods[0]`; `the config` for the whole. */
export function pathText(path: ConfigPath): string {
  if (path.length === 0) return "the config";
  return path
    .map((key, index) => (typeof key === "number" ? `[${key}]` : `${index > 0 ? "." : ""}${String(key)}`))
    .join("");
}
