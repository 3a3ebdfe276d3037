import * as fc from "fast-check";
import { expect, test } from "vitest";
import { HdfsChecksum } from "../src/checksum.ts";
import { crc32c } from "../src/crc32c.ts";

const mebibyte = 1 << 20;

function checksumOf(bytes: Uint8Array, blockSize: number, pieceBytes = bytes.length || 1): string {
  const checksum = new HdfsChecksum(blockSize);
  for (let at = 0; at < bytes.length; at += pieceBytes) checksum.update(bytes.subarray(at, at + pieceBytes));
  return checksum.digest();
}

// Confirmed on a Hadoop 3.4.2 cluster; the last is Hadoop's own for several blocks.
test.each([
  ["bar and a line end", Buffer.from("bar\n"), 128 * mebibyte, "27c076e4987344253650d3335a5d08ce"],
  ["nothing", Buffer.alloc(0), 128 * mebibyte, "70bc8f4b72a86921468bf8e8441dce51"],
  ["1536 x a", Buffer.alloc(1536, "a"), 128 * mebibyte, "cfde916bf3151ef6072280126c263130"],
  [
    "2.5 MiB of a in blocks of 1 MiB",
    Buffer.alloc(2.5 * mebibyte, "a"),
    mebibyte,
    "80eb758b366718743934855d1f6e946f",
  ],
])("HDFS checksum of %s", (_, bytes, blockSize, expected) => {
  expect(checksumOf(bytes, blockSize)).toBe(expected);
  expect(checksumOf(bytes, blockSize, 1000)).toBe(expected);
});

test("the checksum does not depend on how the bytes come in", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5000 }), fc.integer({ min: 1, max: 2000 }), (bytes, size) => {
      expect(checksumOf(bytes, 1024, size)).toBe(checksumOf(bytes, 1024));
    }),
    { seed: 20261126 },
  );
});

// RFC 3720 appendix B.4.
test.each([
  ["123456789", Buffer.from("123456789"), 0xe3069283],
  ["32 zeros", Buffer.alloc(32), 0x8a9136aa],
  ["32 x ff", Buffer.alloc(32, 0xff), 0x62a8ab43],
  ["0 to 31", Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
  ["31 to 0", Buffer.from(Array.from({ length: 32 }, (_, i) => 31 - i)), 0x113fdb5c],
  ["nothing", Buffer.alloc(0), 0],
])("CRC-32C of %s", (_, bytes, expected) => {
  expect(crc32c(bytes, 0, bytes.length)).toBe(expected);
});

test("CRC-32C goes on where it stopped, at any byte", () => {
  const bytes = Buffer.from(Array.from({ length: 40 }, (_, i) => (i * 37) & 255));
  const whole = crc32c(bytes, 0, 40);
  for (let cut = 0; cut <= 40; cut++) expect(crc32c(bytes, cut, 40, crc32c(bytes, 0, cut))).toBe(whole);
});
