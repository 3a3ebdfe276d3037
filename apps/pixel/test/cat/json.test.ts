import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { printed } from "./support.ts";

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "sewer-cat-"));
  path = join(directory, "f.jsonl");
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

test("lines come out as they went in", async () => {
  await writeFile(path, '{"a":12345678901234567890}\n\n{"b": "\\u0000ä"}');
  expect(await printed(path)).toEqual({
    lines: ['{"a":12345678901234567890}', '{"b": "\\u0000ä"}'],
    error: undefined,
  });
});

test("an empty file prints nothing", async () => {
  await writeFile(path, "");
  expect(await printed(path)).toEqual({ lines: [], error: undefined });
});

test("a line that is no JSON is damage at its byte", async () => {
  await writeFile(path, '{"a":1}\n{"b":');
  const { lines, error } = await printed(path);
  expect(lines).toEqual(['{"a":1}']);
  expect(error).toMatchObject({
    code: "SEWER_CAT_DAMAGED",
    message: "damaged at byte 8: the line is no JSON",
  });
});

test("gzip, of several members and larger than any buffer", async () => {
  const expected = Array.from({ length: 200_000 }, (_, index) => `{"n":${index}}`);
  const half = expected.length / 2;
  const members = [expected.slice(0, half), expected.slice(half)].map((part) =>
    gzipSync(`${part.join("\n")}\n`),
  );
  await writeFile(path, Buffer.concat(members));
  const { lines, error } = await printed(path);
  expect(error).toBeUndefined();
  expect(lines).toEqual(expected);
});

test("gzip that is cut off: the whole lines, then the byte of the file", async () => {
  const noise = Array.from({ length: 5000 }, (_, index) => `{"n":"${Math.sin(index)}"}`);
  const whole = gzipSync(`${noise.join("\n")}\n`);
  await writeFile(path, whole.subarray(0, whole.length - 1000));
  const { lines, error } = await printed(path);
  expect(lines.length).toBeGreaterThan(4000);
  expect(lines).toEqual(noise.slice(0, lines.length));
  expect(error).toMatchObject({
    code: "SEWER_CAT_DAMAGED",
    message: expect.stringContaining(`damaged at byte ${whole.length - 1000}: `),
  });
});

test("zstd of several frames, whole, cut off and damaged", async () => {
  const expected = Array.from({ length: 40_000 }, (_, index) => `{"n":"${Math.sin(index)}"}`);
  const frames = [0, 1, 2, 3].map((part) =>
    zstdCompressSync(`${expected.slice(part * 10_000, (part + 1) * 10_000).join("\n")}\n`),
  );
  const whole = Buffer.concat(frames);
  await writeFile(path, whole);
  expect(await printed(path)).toEqual({ lines: expected, error: undefined });
  await writeFile(path, whole.subarray(0, -1000));
  const cut = await printed(path);
  expect(cut.lines.length).toBeGreaterThanOrEqual(30_000);
  expect(cut.lines).toEqual(expected.slice(0, cut.lines.length));
  expect(cut.error).toMatchObject({
    code: "SEWER_CAT_DAMAGED",
    message: expect.stringContaining(`damaged at byte ${whole.length - 1000}: `),
  });
  whole.fill(0xff, frames[0]!.length, frames[0]!.length + 20);
  await writeFile(path, whole);
  const broken = await printed(path);
  expect(broken.lines).toEqual(expected.slice(0, 10_000));
  expect(broken.error).toMatchObject({ code: "SEWER_CAT_DAMAGED" });
});

test("gzip with a flipped bit", async () => {
  const bytes = gzipSync('{"a":1}\n'.repeat(10));
  bytes[bytes.length - 6] = (bytes[bytes.length - 6] ?? 0) ^ 1;
  await writeFile(path, bytes);
  expect((await printed(path)).error).toMatchObject({ code: "SEWER_CAT_DAMAGED" });
});

test("anything else, and --raw of JSON, is refused", async () => {
  await writeFile(path, "PK\u0003\u0004 and more");
  expect((await printed(path)).error).toMatchObject({ code: "SEWER_CAT_FORMAT" });
  await writeFile(path, "{}\n");
  expect((await printed(path, { isRaw: true })).error).toMatchObject({ code: "SEWER_CAT_FORMAT" });
});

test("no such file, and a directory", async () => {
  expect((await printed(join(directory, "gone"))).error).toMatchObject({
    code: "SEWER_CAT_UNREADABLE",
    message: "there is no such file",
  });
  expect((await printed(directory)).error).toMatchObject({ code: "SEWER_CAT_UNREADABLE" });
});
