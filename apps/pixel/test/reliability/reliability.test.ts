import { describeHdfs } from "@sewer/hdfs-testbed/vitest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ClusterKind } from "./fault.ts";
import { faultsOf } from "./faults/all-faults.ts";
import { Matrix } from "./matrix.ts";

const which = process.env["SEWER_FAULTS"] === "all" ? "all" : "quick";
const seed = 1;
/** Against hanging only; within a trial everything that is waited for has a limit of its own. */
const trialMsMax = 900_000;

/** In this order: what runs alone comes after what runs side by side. */
describe.each<ClusterKind>(["single", "pair"])("%s", (cluster) => {
  const faults = faultsOf(cluster, which);

  describeHdfs(`every event exactly once, whatever fails (${which} faults)`, () => {
    let matrix: Matrix;
    beforeAll(async () => void (matrix = await Matrix.start(cluster, seed)), 300_000);
    afterAll(() => matrix?.close());

    for (const fault of faults) {
      const run = fault.touches === "requests" ? test.concurrent : test;
      run(
        fault.name,
        async () => {
          expect((await matrix.run(fault)).broken).toEqual([]);
        },
        trialMsMax,
      );
    }

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
