import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import {
  openSequenceFile,
  WritableError,
  type ByteSource,
  type SequenceFileReaderOptions,
} from "../src/index.ts";

/** A file of `test/fixtures/`. */
export function fixture(name: string): Buffer {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url));
}

/** The objects of a JSON-lines file. */
export function fixtureLines<Line>(name: string): Line[] {
  const lines = fixture(name).toString("utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Line);
}

export interface ReadResult {
  records: { key: Buffer; value: Buffer }[];
  error: unknown;
}

/** Everything that a file gives before it ends or fails; what fails must be a WritableError. */
export async function readAll(
  source: ByteSource,
  options: SequenceFileReaderOptions = {},
): Promise<ReadResult> {
  const records: ReadResult["records"] = [];
  try {
    const file = await openSequenceFile(source, { bufferBytesMax: 1 << 24, ...options });
    for await (const { key, value } of file) records.push({ key, value });
  } catch (error) {
    if (!(error instanceof WritableError)) throw error;
    return { records, error };
  }
  return { records, error: undefined };
}

/** The manifest's digest over all records. */
export function recordsDigest(records: ReadResult["records"]): string {
  const digest = createHash("sha256");
  const length = Buffer.alloc(4);
  for (const { key, value } of records) {
    for (const bytes of [key, value]) {
      length.writeInt32BE(bytes.length);
      digest.update(length).update(bytes);
    }
  }
  return digest.digest("hex");
}

/** `bytes` in chunks that end at the given offsets. */
export async function* chunked(
  bytes: Buffer,
  cuts: readonly number[],
): AsyncGenerator<Buffer, void, undefined> {
  let start = 0;
  for (const cut of [...cuts, bytes.length]) {
    // A fresh copy, so that a reader that looks outside of its chunk is found out.
    yield Buffer.from(bytes.subarray(start, cut));
    start = cut;
    await Promise.resolve();
  }
}

/** The code of the WritableError that `action` throws, undefined when it throws none; others come through. */
export function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof WritableError) return error.code;
    throw error;
  }
}

/**
 * Well-formed strings of characters of one to four bytes. fast-check's own `unit: "binary"` takes most of a
 * second to set up.
 */
export function anyText(maxLength: number): fc.Arbitrary<string> {
  const character = fc.oneof(
    fc.nat(0x7f),
    fc.integer({ min: 0x80, max: 0x7ff }),
    fc.integer({ min: 0x800, max: 0xd7ff }),
    fc.integer({ min: 0xe000, max: 0xffff }),
    fc.integer({ min: 0x10000, max: 0x10ffff }),
  );
  return fc.array(character, { maxLength }).map((points) => String.fromCodePoint(...points));
}
