import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bzip2Codec, deflateCodec, gzipCodec, hadoopCodecs, zstdCodec, type Codec } from "../../src/index.ts";

const mebibyte = 1024 * 1024;

/** Seeded bytes that nothing makes smaller. */
function noise(length: number): Buffer {
  let state = 1;
  const next = (): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 16;
  };
  return Buffer.from(Uint8Array.from({ length }, next));
}

const log = Buffer.from(
  Array.from({ length: 3000 }, (_, i) => `${i * 7919} GET /p${i % 31}.gif?q=${Math.imul(i, i)}`).join("\n"),
);

const samples: [string, Buffer][] = [
  ["nothing", Buffer.alloc(0)],
  ["one byte", Buffer.from("a")],
  ["every byte", Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
  [
    "runs around bzip2's limits",
    Buffer.from([3, 4, 5, 254, 255, 256, 259, 600].map((n) => `x${"y".repeat(n)}`).join("")),
  ],
  ["a period", Buffer.from("abcab".repeat(3000))],
  ["more than a chunk of zeros", Buffer.alloc(mebibyte)],
  ["a log", log],
  ["noise", noise(230_000)],
];

/** Both ways of a codec; each always gives the same. */
async function compressed(codec: Codec, bytes: Buffer): Promise<Buffer[]> {
  const streams = [codec.compress(bytes), codec.compress(bytes)];
  expect(streams[0]!.equals(streams[1]!)).toBe(true);
  if (codec.compressAsync === undefined) return streams;
  streams.push(await codec.compressAsync(bytes), await codec.compressAsync(bytes));
  expect(streams[2]!.equals(streams[3]!)).toBe(true);
  return streams;
}

async function decompressed(codec: Codec, stream: Buffer, outputBytesMax: number): Promise<Buffer> {
  const bytes = codec.decompress(stream, outputBytesMax);
  const again = (await codec.decompressAsync?.(stream, outputBytesMax)) ?? bytes;
  expect(again.equals(bytes)).toBe(true);
  return bytes;
}

/** How often both ways of a codec fail: 2. */
async function failures(codec: Codec, stream: Buffer, outputBytesMax: number): Promise<number> {
  const ways = [
    async () => codec.decompress(stream, outputBytesMax),
    async () =>
      (await codec.decompressAsync?.(stream, outputBytesMax)) ?? codec.decompress(stream, outputBytesMax),
  ];
  const results = await Promise.allSettled(ways.map((way) => way()));
  return results.filter(({ status }) => status === "rejected").length;
}

/** What damaged bytes give: an error that is no mistake of the code, or bytes within the bound. */
function outcomeOf(codec: Codec, stream: Uint8Array, outputBytesMax: number): "fine" | "wrong" {
  try {
    return codec.decompress(stream, outputBytesMax).length <= outputBytesMax ? "fine" : "wrong";
  } catch (error) {
    return error instanceof Error && !(error instanceof TypeError) ? "fine" : "wrong";
  }
}

describe.each(hadoopCodecs.map((codec) => [codec.className.split(".").pop(), codec] as const))(
  "%s",
  (_, codec) => {
    test.each(samples)("%s: comes back, with exactly the room it needs", async (_name, bytes) => {
      for (const stream of new Set(await compressed(codec, bytes))) {
        expect((await decompressed(codec, stream, bytes.length)).equals(bytes)).toBe(true);
        const tooLittle = bytes.length - 1;
        expect(tooLittle < 0 || (await failures(codec, stream, tooLittle)) === 2).toBe(true);
      }
    });

    test("any bytes come back", async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat(3), { maxLength: 600 }), fc.uint8Array(), async (few, any) => {
          for (const bytes of [Buffer.from(few), Buffer.from(any)]) {
            const [stream] = await compressed(codec, bytes);
            expect((await decompressed(codec, stream!, bytes.length)).equals(bytes)).toBe(true);
          }
        }),
        { numRuns: 40 },
      );
    });

    test("streams that follow each other are joined, empty ones too", async () => {
      const parts = ["abc", "", "", "def"].map((part) => codec.compress(Buffer.from(part)));
      expect((await decompressed(codec, Buffer.concat(parts), 6)).toString()).toBe("abcdef");
      expect(await failures(codec, Buffer.concat(parts), 5)).toBe(2);
    });

    test("a bomb is stopped at the bound", async () => {
      const stream = codec.compress(Buffer.alloc(3 * mebibyte));
      expect(await failures(codec, stream, mebibyte)).toBe(2);
    });

    test("a cut stream is an error, at every byte", async () => {
      const stream = codec.compress(log.subarray(0, 400));
      for (let cut = 0; cut < stream.length; cut++) {
        expect(await failures(codec, stream.subarray(0, cut), 1000), `cut at ${cut}`).toBe(2);
      }
    });

    test("any damage gives an error or some bytes within the bound", () => {
      const stream = codec.compress(log.subarray(0, 400));
      for (let at = 0; at < stream.length; at++) {
        for (const byte of [0, 0xff, stream[at]! ^ 1, stream[at]! ^ 0x80]) {
          const copy = Buffer.from(stream);
          copy[at] = byte;
          expect(outcomeOf(codec, copy, 1000)).toBe("fine");
        }
      }
    });

    test("what is no stream is an error", async () => {
      expect(await failures(codec, Buffer.from("some plain text, long enough"), mebibyte)).toBe(2);
      fc.assert(
        fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (bytes) => {
          expect(outcomeOf(codec, bytes, 5000)).toBe("fine");
        }),
        { numRuns: 200 },
      );
    });
  },
);

describe("levels", () => {
  test.each([
    ["gzip", (level: number) => gzipCodec({ level }), 0, 9],
    ["deflate", (level: number) => deflateCodec({ level }), 0, 9],
    ["bzip2", (level: number) => bzip2Codec({ level }), 1, 9],
    ["zstd", (level: number) => zstdCodec({ level }), 1, 22],
  ])("%s", (_, make, min, max) => {
    for (const level of [min, max]) {
      const codec = make(level);
      expect(codec.decompress(codec.compress(log), log.length).equals(log)).toBe(true);
    }
    expect(make(max).compress(log).equals(make(min).compress(log))).toBe(false);
    for (const level of [min - 1, max + 1, 1.5, NaN]) expect(() => make(level)).toThrow(RangeError);
  });
});
