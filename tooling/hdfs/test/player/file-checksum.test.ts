import { expect, test } from "vitest";
import { fileChecksum } from "../../src/index.ts";

// What a real cluster says of these files.
test.each([
  {
    content: "bar\n",
    blockSize: 1 << 20,
    algorithm: "MD5-of-0MD5-of-512CRC32C",
    md5: "27c076e4987344253650d3335a5d08ce",
  },
  {
    content: "",
    blockSize: 1 << 20,
    algorithm: "MD5-of-0MD5-of-0CRC32",
    md5: "70bc8f4b72a86921468bf8e8441dce51",
  },
  {
    content: "a".repeat(1536),
    blockSize: 1 << 20,
    algorithm: "MD5-of-0MD5-of-512CRC32C",
    md5: "cfde916bf3151ef6072280126c263130",
  },
  {
    content: "a".repeat(2.5 * 1024 * 1024),
    blockSize: 1 << 20,
    algorithm: "MD5-of-2048MD5-of-512CRC32C",
    md5: "80eb758b366718743934855d1f6e946f",
  },
])("the checksum of $content.length bytes is HDFS's", ({ content, blockSize, algorithm, md5 }) => {
  const checksum = fileChecksum(Buffer.from(content), blockSize);
  expect(checksum).toMatchObject({ algorithm, length: 28 });
  expect(checksum.bytes.slice(24, 56)).toBe(md5);
  expect(checksum.bytes).toHaveLength(64);
});
