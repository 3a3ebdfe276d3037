import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { gzipCodec } from "../../src/index.ts";

test("the header says Unix on every platform", async () => {
  for (const stream of [
    gzipCodec().compress(Buffer.from("abc")),
    await gzipCodec().compressAsync!(Buffer.from("abc")),
  ]) {
    expect(stream.subarray(0, 4).toString("hex")).toBe("1f8b0800");
    expect(stream[9]).toBe(3);
    expect(gunzipSync(stream).toString()).toBe("abc");
  }
});

test("bytes behind the last member are an error", () => {
  const stream = Buffer.concat([gzipCodec().compress(Buffer.from("abc")), Buffer.from("junk")]);
  expect(() => gzipCodec().decompress(stream, 100)).toThrow("header");
});
