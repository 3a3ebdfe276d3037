import type { ConfigDocument } from "./config-document.ts";
import type { ConfigProblem } from "./config-problem.ts";
import { valueAt } from "./schema-problems.ts";

/**
 * One problem for each key that asks for something that is not built yet: anything but its default. A key that
 * did nothing would be a promise that is not kept, so it is refused by name.
 */
export function notBuiltProblems(document: ConfigDocument): ConfigProblem[] {
  const plugins = valueAt(document.data, ["plugins"]);
  if (plugins === undefined || (Array.isArray(plugins) && plugins.length === 0)) return [];
  const message = "plugins: not built yet, only its default works; leave the key away";
  return [document.problemAt(["plugins"], message, "key")];
}
