import type { Violation, WorkspacePackage } from "./workspace.ts";

/** A file that is longer holds a second idea. */
export const fileLinesMax = 500;
/** The contract has to be readable in one sitting. */
export const coreLinesMax = 700;

/** Source files that are too long, and core as a whole. */
export function checkSizes(workspace: readonly WorkspacePackage[]): Violation[] {
  const violations: Violation[] = [];
  for (const pkg of workspace) {
    let total = 0;
    for (const { path, text } of pkg.sources) {
      const lines = text.split("\n").length - 1;
      total += lines;
      if (lines > fileLinesMax) {
        violations.push({ rule: "sizes", path, message: `${lines} lines, at most ${fileLinesMax}` });
      }
    }
    if (pkg.manifest.name === "@sewer/core" && total >= coreLinesMax) {
      violations.push({ rule: "sizes", path: pkg.dir, message: `${total} lines, under ${coreLinesMax}` });
    }
  }
  return violations;
}
