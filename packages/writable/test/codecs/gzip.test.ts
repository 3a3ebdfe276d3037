import { gunzipSync, gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { gzipCodec } from "../../src/index.ts";

const mebibyte = 1024 * 1024;

test("the header says Unix on every platform", async () => {
  const stream = await gzipCodec().compress(Buffer.from("abc"));
  expect(stream.subarray(0, 4).toString("hex")).toBe("1f8b0800");
  expect(stream[9]).toBe(3);
  expect(gunzipSync(stream).toString()).toBe("abc");
});

test("any bytes come back, at any level, also none", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 3000 }),
      fc.integer({ min: 0, max: 9 }),
      async (bytes, level) => {
        const codec = gzipCodec({ level });
        const stream = await codec.compress(bytes);
        expect((await codec.compress(bytes)).equals(stream)).toBe(true);
        expect((await codec.decompress(stream, bytes.length)).equals(Buffer.from(bytes))).toBe(true);
      },
    ),
    { numRuns: 50 },
  );
});

test("bytes that cannot be made smaller, more than one chunk of them", async () => {
  const bytes = Buffer.alloc(6 * mebibyte);
  let state = 1;
  for (let index = 0; index < bytes.length; index++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[index] = state >>> 16;
  }
  const stream = await gzipCodec().compress(bytes);
  expect((await gzipCodec().decompress(stream, bytes.length)).equals(bytes)).toBe(true);
});

test("members that follow each other are joined", async () => {
  const streams = Buffer.concat([gzipSync("abc"), gzipSync(""), gzipSync("def")]);
  expect((await gzipCodec().decompress(streams, 6)).toString()).toBe("abcdef");
});

test("more output than allowed is an error", async () => {
  const bomb = gzipSync(Buffer.alloc(64 * mebibyte));
  await expect(gzipCodec().decompress(bomb, mebibyte)).rejects.toThrow("larger than");
  await expect(gzipCodec().decompress(gzipSync("abc"), 2)).rejects.toThrow("larger than");
  expect((await gzipCodec().decompress(gzipSync("abc"), 3)).toString()).toBe("abc");
});

test("what is no stream, or a cut one, is an error", async () => {
  const stream = gzipSync("some text");
  for (let cut = 0; cut < stream.length; cut++) {
    await expect(gzipCodec().decompress(stream.subarray(0, cut), 100), `cut at ${cut}`).rejects.toThrow(
      "unexpected end",
    );
  }
  await expect(gzipCodec().decompress(Buffer.from("plain"), 100)).rejects.toThrow("header");
});

test.each([-1, 10, 1.5, NaN])("there is no level %d", (level) => {
  expect(() => gzipCodec({ level })).toThrow(RangeError);
});

test("on the calling thread the bytes are the same, at every level that compresses", async () => {
  const text = Buffer.from(Array.from({ length: 30_000 }, (_, i) => `${i * 7919} GET /p${i}.gif`).join("\n"));
  for (const bytes of [text, Buffer.alloc(0), Buffer.alloc(5 * mebibyte)]) {
    for (let level = 1; level <= 9; level++) {
      const stream = await gzipCodec({ level, isSync: true }).compress(bytes);
      expect(stream.equals(await gzipCodec({ level }).compress(bytes))).toBe(true);
    }
  }
});
