import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { nodeFileSystem } from "@sewer/core/node";
import { describe, expect, it } from "vitest";
import { openDrain, readAttempts, readReceipts, type InspectedReceipt } from "../../src/index.ts";
import { drainOptions, sealRecords, temporaryDirectory } from "../support/spool.ts";

const fs = nodeFileSystem;
const incarnation = "01JDEF0000000000000000ABCD";
const idOf = (sequence: number): string => `${incarnation}-${String(sequence).padStart(8, "0")}`;
const dayMs = 86_400_000;
const firstMs = Date.UTC(2026, 10, 5, 12);

/** Lines by day: 0 is 2026-11-05. Objects are completed to receipts. */
async function spoolOf(days: readonly (readonly (string | Record<string, unknown>)[])[]): Promise<string> {
  const dir = temporaryDirectory();
  await mkdir(join(dir, "receipts"));
  for (const [day, lines] of days.entries()) {
    const time = firstMs + day * dayMs;
    const text = lines.map((line) =>
      typeof line === "string" ? line : `${JSON.stringify({ v: 1, sink: "main", time, ...line })}\n`,
    );
    await writeFile(
      join(dir, "receipts", `${new Date(time).toISOString().slice(0, 10)}.jsonl`),
      text.join(""),
    );
  }
  return dir;
}

async function read(dir: string, sinceMs?: number): Promise<InspectedReceipt[]> {
  const found: InspectedReceipt[] = [];
  for await (const receipt of readReceipts(dir, { fs, sinceMs })) found.push(receipt);
  return found;
}

const delivered = (sequence: number, destination: string) => ({
  batch: idOf(sequence),
  destination,
  records: 3,
  bytes: 30,
});

describe("readReceipts", () => {
  it("gives what the drain wrote, and nothing where there are none", async () => {
    const dir = temporaryDirectory();
    expect(await read(dir)).toEqual([]);
    const id = await sealRecords(dir, ["a", "b"]);
    const drain = await openDrain(drainOptions(dir));
    await new Promise<void>((resolve, reject) => {
      drain.onBatch((batch) => {
        const receipt = { destination: "/out/x", records: 2, bytes: 7, checksum: "md5:00" };
        batch.acknowledge(receipt).then(resolve, reject);
      });
    });
    await drain.close();
    expect(await read(dir)).toEqual([
      {
        batchId: id,
        sink: "main",
        delivered: { destination: "/out/x", records: 2, bytes: 7, checksum: "md5:00" },
        recordsLost: 0,
        timeMs: expect.any(Number),
      },
    ]);
  });

  it("the newest day first, and of each batch and sink what was written last", async () => {
    const dir = await spoolOf([
      [delivered(1, "/old"), delivered(2, "/2")],
      [
        delivered(3, "/3"),
        delivered(1, "/again"),
        delivered(1, "/last"),
        { ...delivered(1, "/o"), sink: "other" },
      ],
    ]);
    const found = await read(dir);
    expect(found.map(({ sink, batchId, delivered: to }) => [sink, batchId, to?.destination])).toEqual([
      ["main", idOf(3), "/3"],
      ["main", idOf(1), "/last"],
      ["other", idOf(1), "/o"],
      ["main", idOf(2), "/2"],
    ]);
  });

  it("what was damaged belongs to the receipt before it, a drop replaces it, a delivery replaces both", async () => {
    const dir = await spoolOf([
      [
        delivered(1, "/1"),
        { batch: idOf(1), lost: 2, reason: "damaged" },
        { batch: idOf(2), lost: 9, reason: "dropped" },
        delivered(3, "/3"),
        { batch: idOf(3), lost: 5, reason: "dropped" },
        delivered(4, "/4"),
        { batch: idOf(4), lost: 2, reason: "damaged" },
        delivered(4, "/4"),
      ],
    ]);
    const found = await read(dir);
    expect(found.map(({ delivered: to, recordsLost }) => [to?.destination, recordsLost])).toEqual([
      ["/1", 2],
      [undefined, 9],
      [undefined, 5],
      ["/4", 0],
    ]);
  });

  it("since a time: days before it are not even read", async () => {
    const dir = await spoolOf([
      [delivered(1, "/1")],
      [delivered(2, "/2"), { ...delivered(3, "/3"), time: firstMs + dayMs + 5 }],
    ]);
    const destinations = async (sinceMs: number) =>
      (await read(dir, sinceMs)).map(({ delivered: to }) => to?.destination);
    expect(await destinations(firstMs)).toEqual(["/2", "/3", "/1"]);
    expect(await destinations(firstMs + dayMs)).toEqual(["/2", "/3"]);
    expect(await destinations(firstMs + dayMs + 1)).toEqual(["/3"]);
  });

  it("a batch that was delivered again after the time is not told as of before", async () => {
    const dir = await spoolOf([[delivered(1, "/1")], [{ ...delivered(1, "/1"), time: firstMs + dayMs }]]);
    expect(await read(dir, firstMs)).toHaveLength(1);
  });

  it("passes over what is no receipt, and lines longer than it reads at once are whole", async () => {
    const long = `/${"x".repeat(50_000)}`;
    const many = Array.from({ length: 12 }, (_, i) => delivered(i + 1, long));
    const dir = await spoolOf([
      ["torn\n", "null\n", '{"v":2}\n', "y".repeat(400_000), "\n", ...many, '{"v":1,"batch"'],
    ]);
    const found = await read(dir);
    expect(found.map(({ batchId }) => batchId)).toEqual(many.map(({ batch }) => batch));
    expect(found.every(({ delivered: to }) => to?.destination === long)).toBe(true);
  });

  it("a day that cannot be read is told", async () => {
    const dir = temporaryDirectory();
    await mkdir(join(dir, "receipts/2026-11-05.jsonl"), { recursive: true });
    await expect(read(dir)).rejects.toMatchObject({ code: "SEWER_SPOOL_UNREADABLE" });
  });
});

describe("readAttempts", () => {
  it("gives what the delivery half kept, beside it", async () => {
    const dir = temporaryDirectory();
    const batchId = await sealRecords(dir, ["a"]);
    expect(await readAttempts(dir, { sink: "main", batchId }, { fs })).toBeUndefined();
    const drain = await openDrain(drainOptions(dir));
    await new Promise<void>((resolve, reject) => {
      drain.onBatch((batch) => void batch.saveRetry(Buffer.from("attempts")).then(resolve, reject));
    });
    const kept = await readAttempts(dir, { sink: "main", batchId }, { fs });
    expect(Buffer.from(kept ?? []).toString()).toBe("attempts");
    await drain.close();
  });

  it("a file that cannot be read is told", async () => {
    const dir = temporaryDirectory();
    await mkdir(join(dir, `q/main/${idOf(1)}.try`), { recursive: true });
    await expect(readAttempts(dir, { sink: "main", batchId: idOf(1) }, { fs })).rejects.toMatchObject({
      code: "SEWER_SPOOL_UNREADABLE",
    });
  });
});
