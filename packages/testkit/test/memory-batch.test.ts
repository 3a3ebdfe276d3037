import { recordsOf } from "@sewer/core";
import { expect, test } from "vitest";
import { memoryBatch } from "../src/index.ts";

test("a memory batch gives its records in frames, every time, and knows its count after a pass", async () => {
  const records = [Buffer.from("a"), Buffer.alloc(0), Buffer.from("ccc")];
  const batch = memoryBatch({ id: "b", meta: Buffer.from("{}"), records, frameRecords: 2 });
  expect(batch.readableCount).toBeUndefined();
  for (let pass = 0; pass < 2; pass++) {
    const read: Buffer[] = [];
    let frames = 0;
    for await (const frame of batch.frames(new AbortController().signal)) {
      frames++;
      read.push(...recordsOf(frame.payload));
    }
    expect(read).toEqual(records);
    expect(frames).toBe(2);
    expect(batch.readableCount).toBe(3);
  }
  await batch.note(Buffer.from("n"));
  expect((await batch.notes()).map(String)).toEqual([String(Uint8Array.from(Buffer.from("n")))]);
});
