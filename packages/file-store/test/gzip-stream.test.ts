import { gunzipSync, gzipSync } from "node:zlib";
import { seededRandom } from "@sewer/testkit";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { GzipStream } from "../src/formats/gzip-stream.ts";

function compress(pieces: readonly Uint8Array[], level: number): Buffer {
  const stream = new GzipStream(level);
  const written = pieces.slice(0, -1).map((piece) => stream.write(piece));
  return Buffer.concat([...written, stream.end(pieces.at(-1) ?? Buffer.alloc(0))]);
}

test("pieces of any size, empty ones too, come back as one gzip stream", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 5000 }), { maxLength: 6 }),
      fc.integer({ min: 1, max: 9 }),
      (pieces, level) => {
        const file = compress(pieces, level);
        expect(gunzipSync(file).equals(Buffer.concat(pieces))).toBe(true);
        expect(compress(pieces, level).equals(file)).toBe(true);
        // One member: a second one would begin with the magic again, and gunzip would take its trailer for data.
        expect(file.readUInt32LE(file.length - 4)).toBe(pieces.reduce((sum, piece) => sum + piece.length, 0));
      },
    ),
    { numRuns: 200 },
  );
});

test("text in pieces is compressed as well as in one, within 1 %", () => {
  const random = seededRandom(5);
  const lines = Array.from(
    { length: 40_000 },
    (_, i) => `{"n":${i},"x":${random.next()},"agent":"Mozilla"}\n`,
  );
  const text = Buffer.from(lines.join(""));
  const pieces = Array.from({ length: Math.ceil(text.length / 262_144) }, (_, i) =>
    text.subarray(i * 262_144, (i + 1) * 262_144),
  );
  for (const level of [1, 6, 9]) {
    const file = compress(pieces, level);
    expect(gunzipSync(file).equals(text)).toBe(true);
    expect(file.length).toBeLessThan(gzipSync(text, { level }).length * 1.01);
  }
});

test("the header says Unix and no time on every platform", () => {
  expect(
    compress([Buffer.from("abc")], 1)
      .subarray(0, 10)
      .toString("hex"),
  ).toBe("1f8b0800000000000003");
});
