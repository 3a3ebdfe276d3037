import { describeHdfs } from "@sewer/hdfs-testbed/vitest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ClusterKind } from "./fault.ts";
import { faultsOf } from "./faults/all-faults.ts";
import { Matrix } from "./matrix.ts";

const which = process.env["SEWER_FAULTS"] === "all" ? "all" : "quick";
const seed = 1;
/** Against hanging only; within a trial everything that is waited for has a limit of its own. */
const trialMsMax = 900_000;

describe.each<ClusterKind>(["single", "pair"])("%s", (cluster) => {
  const faults = faultsOf(cluster, which);

  describeHdfs(`every event exactly once, whatever fails (${which} faults)`, () => {
    let matrix: Matrix;
    beforeAll(async () => void (matrix = await Matrix.start(cluster, seed)), 300_000);
    afterAll(() => matrix?.close());

    // What touches requests only runs side by side, then the rest one by one.
    test.concurrent.for(faults.filter(({ touches }) => touches === "requests"))(
      "$name",
      { timeout: trialMsMax },
      async (fault) => {
        expect((await matrix.run(fault)).broken).toEqual([]);
      },
    );

    test.for(faults.filter(({ touches }) => touches === "roles"))(
      "$name",
      { timeout: trialMsMax },
      async (fault) => {
        expect((await matrix.run(fault)).broken).toEqual([]);
      },
    );

    test(
      "Hadoop's own reader finds every event that got a 204, once",
      async () => {
        const results = await matrix.count();
        expect(results.length).toBe(faults.length);
        expect(
          results.filter(({ broken }) => broken.length > 0).map(({ name, broken }) => ({ name, broken })),
        ).toEqual([]);
        expect(results.filter(({ found }) => found === 0).map(({ name }) => name)).toEqual([]);
      },
      trialMsMax,
    );
  });
});
