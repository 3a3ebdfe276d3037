import type { HdfsFileStatus } from "@sewer/hdfs-testbed";
import { describe, expect, test } from "vitest";
import { countEvents, partialFiles, wrongAccount } from "./verdict.ts";

function seen(pathSuffix: string, fileId: number, length: number): HdfsFileStatus {
  return { pathSuffix, fileId, length, type: "FILE" } as HdfsFileStatus;
}

describe("what a reader saw", () => {
  const lengths = new Map([[1, 10]]);

  test("a file that was whole whenever it was visible", () => {
    const listings = [[], [seen(".a.seq.01", 1, 0)], [seen("a.seq", 1, 10)]];
    expect(partialFiles({ listings, lengths })).toEqual([]);
  });

  test("a file that was visible while it grew", () => {
    const listings = [[seen("a.seq", 1, 4)], [seen("a.seq", 1, 10)]];
    expect(partialFiles({ listings, lengths })).toEqual(["a.seq was visible with 4 bytes and has 10"]);
  });

  test("a file that another one has replaced", () => {
    const listings = [[seen("a.seq", 2, 10)], [seen("a.seq", 1, 10)]];
    expect(partialFiles({ listings, lengths })).toEqual(["a.seq (id 2) was visible and is gone"]);
  });
});

test("an account that does not add up, one with a loss and one that is not at rest", () => {
  const right = { taken: 5, delivered: 3, onDisk: 0, quarantined: 2, lost: 0 };
  expect(wrongAccount(right)).toEqual([]);
  expect(wrongAccount({ ...right, delivered: 4 })).toHaveLength(1);
  expect(wrongAccount({ ...right, delivered: 2, lost: 1 })).toHaveLength(1);
  expect(wrongAccount({ ...right, delivered: 2, onDisk: 1 })).toHaveLength(1);
});

describe("what became of the events", () => {
  const loads = [
    { acknowledged: ["a", "b"], acknowledgedBy: [], unanswered: ["c"], refused: new Map<number, number>() },
  ];
  const receipt = { batch: "1", sink: "main", destination: "webhdfs://nn/a", bytes: 1 };

  function count(delivered: readonly [string, number][], records: number, quarantined: string[] = []) {
    return countEvents({
      loads,
      delivered: new Map(delivered),
      quarantined,
      receipts: [{ ...receipt, records }],
    });
  }

  test("each once: at its destination or in quarantine; one without an answer may be missing", () => {
    const all: [string, number][] = [
      ["a", 1],
      ["b", 1],
      ["c", 1],
    ];
    expect(count(all, 3)).toEqual({ lost: 0, duplicates: 0, found: 3, broken: [] });
    expect(
      count(
        [
          ["a", 1],
          ["b", 1],
        ],
        2,
      ),
    ).toMatchObject({ found: 2, broken: [] });
    expect(count([["a", 1]], 1, ["b"])).toMatchObject({ found: 1, broken: [] });
  });

  test("lost, twice, twice because it is in quarantine too, and not what the receipts say", () => {
    expect(count([["a", 1]], 1)).toMatchObject({ lost: 1 });
    expect(
      count(
        [
          ["a", 2],
          ["b", 1],
        ],
        2,
      ),
    ).toMatchObject({ duplicates: 1 });
    expect(
      count(
        [
          ["a", 1],
          ["b", 1],
        ],
        2,
        ["b"],
      ),
    ).toMatchObject({ duplicates: 1 });
    expect(
      count(
        [
          ["a", 1],
          ["b", 1],
        ],
        3,
      ).broken,
    ).toEqual(["the receipts have 3 records, the destination 2"]);
  });
});
