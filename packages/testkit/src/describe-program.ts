import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import * as vitest from "vitest";

/** A program of another project. */
export interface OtherProgram {
  readonly name: string;
  /** What installs it, for those who do not have it: a command. */
  readonly install: string;
}

/** Where a program is; undefined when it is not installed. Servers are often on no user's PATH. */
function find(name: string): string | undefined {
  const folders = [
    ...(process.env["PATH"] ?? "").split(delimiter),
    "/usr/bin",
    "/usr/sbin",
    "/usr/local/sbin",
  ];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * A group of tests that needs a program. Where it is not installed, the group is skipped and its title says why:
 * `title [skipped: reason]`. With `SEWER_REQUIRE_PROGRAMS=1` it fails instead.
 *
 * @param define gets the program's path.
 */
export function describeProgram(
  title: string,
  { name, install }: OtherProgram,
  define: (program: string) => void,
): void {
  const program = find(name);
  const reason = `${name} is not installed; ${install} installs it`;
  if (program !== undefined) {
    vitest.describe(title, () => define(program));
  } else if (process.env["SEWER_REQUIRE_PROGRAMS"] === "1") {
    vitest.describe(title, () => {
      vitest.test("has the program that SEWER_REQUIRE_PROGRAMS=1 requires", () => {
        throw new Error(reason);
      });
    });
  } else {
    // oxlint-disable-next-line vitest/no-disabled-tests -- the one place that skips, and it says why
    vitest.describe.skip(`${title} [skipped: ${reason}]`, () => define(name));
  }
}
