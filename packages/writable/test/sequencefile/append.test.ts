import { describe, expect, test } from "vitest";
import { gzipCodec, openSequenceFile, SequenceFileWriter, type Codec } from "../../src/index.ts";
import { readAll } from "../fixtures.ts";

const marker = Buffer.from("000102030405060708090a0b0c0d0e0f", "hex");
const kinds = [
  ["none", undefined],
  ["record", gzipCodec()],
  ["block", gzipCodec()],
] as const;

function writerOf(
  compression: "none" | "record" | "block",
  codec?: Codec,
  appendAt?: number,
): SequenceFileWriter {
  return new SequenceFileWriter({
    keyClass: "K",
    valueClass: "V",
    syncMarker: marker,
    compression,
    ...(codec && { codec }),
    ...(appendAt !== undefined && { appendAt }),
  });
}

function append(writer: SequenceFileWriter, from: number, to: number): void {
  for (let index = from; index < to; index += 1) {
    writer.append(Buffer.from(`key ${index}`), Buffer.alloc(100, index));
  }
}

const keys = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => `key ${from + index}`);

describe.each(kinds)("appendAt, compression %s", (compression, codec) => {
  async function begun(count: number): Promise<Buffer> {
    const writer = writerOf(compression, codec);
    append(writer, 0, count);
    return writer.finish();
  }

  test("what follows has no header, and begins with a sync", async () => {
    const first = await begun(3);
    const writer = writerOf(compression, codec, first.length);
    append(writer, 3, 5);
    const rest = await writer.finish();
    expect(rest.subarray(0, 4).toString("hex")).toBe("ffffffff");
    expect(rest.subarray(4, 20).equals(marker)).toBe(true);
    const { records, error } = await readAll(Buffer.concat([first, rest]));
    expect(error).toBeUndefined();
    expect(records.map(({ key }) => key.toString())).toEqual(keys(0, 5));
  });

  test("many times, with the classes and the marker of the header", async () => {
    let file = await begun(2);
    for (let from = 2; from < 60; from += 2) {
      const { header } = await openSequenceFile(file);
      const writer = new SequenceFileWriter({
        keyClass: header.keyClass,
        valueClass: header.valueClass,
        compression: header.compression,
        syncMarker: header.syncMarker!,
        appendAt: file.length,
        ...(codec && { codec }),
      });
      append(writer, from, from + 2);
      file = Buffer.concat([file, await writer.finish()]);
    }
    const { records, error } = await readAll(file);
    expect(error).toBeUndefined();
    expect(records.map(({ key }) => key.toString())).toEqual(keys(0, 60));
  });

  test("syncs keep their distance, counted from the file's first byte", async () => {
    const first = await begun(0);
    const offset = 1_000_000;
    const writer = writerOf(compression, codec, offset);
    append(writer, 0, 100);
    const rest = await writer.finish();
    const syncs: number[] = [];
    for (let at = rest.indexOf(marker); at >= 0; at = rest.indexOf(marker, at + 1)) syncs.push(at);
    const again = writerOf(compression, codec, first.length);
    append(again, 0, 100);
    // Where the file ends makes no difference: the first sync stands at its end.
    expect((await again.finish()).equals(rest)).toBe(true);
    const distances = syncs.slice(1).map((at, index) => at - syncs[index]!);
    expect(distances.every((distance) => distance >= 2000)).toBe(true);
    expect(syncs.length).toBeGreaterThan(compression === "none" ? 4 : 0);
  });

  test("nothing appended: no more than the sync", async () => {
    const writer = writerOf(compression, codec, 500);
    const bytes = await writer.finish();
    expect(bytes.length).toBe(compression === "block" ? 0 : 20);
    const { records, error } = await readAll(Buffer.concat([await begun(2), bytes]));
    expect(error).toBeUndefined();
    expect(records).toHaveLength(2);
  });
});
