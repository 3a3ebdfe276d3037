import * as vitest from "vitest";
import { hdfsAvailability } from "./availability.ts";

/**
 * A group of tests that needs a real HDFS. Where there is none, the group is skipped and its title says why:
 * `title [skipped: reason]`. With `SEWER_REQUIRE_HDFS=1` it fails instead.
 */
export function describeHdfs(title: string, define: () => void): void {
  const found = hdfsAvailability();
  if (found.available) {
    vitest.describe(title, define);
  } else if (process.env["SEWER_REQUIRE_HDFS"] === "1") {
    vitest.describe(title, () => {
      vitest.test("has the HDFS that SEWER_REQUIRE_HDFS=1 requires", () => {
        throw new Error(found.reason);
      });
    });
  } else {
    // oxlint-disable-next-line vitest/no-disabled-tests -- the one place that skips, and it says why
    vitest.describe.skip(`${title} [skipped: ${found.reason}]`, define);
  }
}
