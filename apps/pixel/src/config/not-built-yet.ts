import type { ConfigDocument, ConfigPath } from "./config-document.ts";
import type { ConfigProblem } from "./config-problem.ts";
import { pathText, valueAt } from "./schema-problems.ts";

/**
 * One problem for each key that asks for something that is not built yet: anything but its default. A key that
 * did nothing would be a promise that is not kept, so it is refused by name.
 */
export function notBuiltProblems(document: ConfigDocument): ConfigProblem[] {
  return refused(document, ["plugins"], isEmptyList);
}

function refused(
  document: ConfigDocument,
  path: ConfigPath,
  isDefault: (value: unknown) => boolean,
): ConfigProblem[] {
  const value = valueAt(document.data, path);
  if (value === undefined || isDefault(value)) return [];
  const message = `${pathText(path)}: not built yet, only its default works; leave the key away`;
  return [document.problemAt(path, message, "key")];
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
