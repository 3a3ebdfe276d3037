import type { ConfigDocument, ConfigPath } from "./config-document.ts";
import type { ConfigProblem } from "./config-problem.ts";
import { pathText, valueAt } from "./schema-problems.ts";

/**
 * Keys of a flow config whose feature does not exist yet, with what they may hold: their default. A key that
 * did nothing would be a promise that is not kept, so anything else is refused by name.
 */
const sourceKeys: readonly (readonly [path: ConfigPath, isDefault: (value: unknown) => boolean])[] = [
  [["processes"], (value) => value === 1],
];

/** One problem for each key that asks for something that is not built yet. */
export function notBuiltProblems(document: ConfigDocument): ConfigProblem[] {
  const { data } = document;
  const problems = refused(document, [], [[["plugins"], isEmptyList]]);
  for (const flow of keysAt(data, ["flows"])) {
    const path = ["flows", flow];
    problems.push(...refused(document, [...path, "source"], sourceKeys));
  }
  return problems;
}

function refused(document: ConfigDocument, base: ConfigPath, keys: typeof sourceKeys): ConfigProblem[] {
  return keys.flatMap(([key, isDefault]) => {
    const path = [...base, ...key];
    const value = valueAt(document.data, path);
    if (value === undefined || isDefault(value)) return [];
    const message = `${pathText(path)}: not built yet, only its default works; leave the key away`;
    return [document.problemAt(path, message, "key")];
  });
}

function keysAt(data: unknown, path: ConfigPath): string[] {
  const value = valueAt(data, path);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
