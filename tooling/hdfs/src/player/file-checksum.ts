import { createHash } from "node:crypto";

const chunkBytes = 512;
const crcPolynomial = 0x82f63b78;

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ crcPolynomial : crc >>> 1;
  return crc;
});

/** What GETFILECHECKSUM says of a file. */
export interface FileChecksum {
  readonly algorithm: string;
  readonly bytes: string;
  readonly length: number;
}

/**
 * HDFS's checksum of a file, MD5MD5CRC32FileChecksum: the MD5 of the blocks' MD5s, padded with zeros to a power of two of at least 32
 * bytes; a block's MD5 is that of the CRC-32Cs of its 512-byte chunks. An empty file has a name of its own.
 */
export function fileChecksum(content: Uint8Array, blockSize: number): FileChecksum {
  const blocks: Buffer[] = [];
  for (let at = 0; at < content.length; at += blockSize) {
    blocks.push(blockMd5(content.subarray(at, at + blockSize)));
  }
  let paddedBytes = 32;
  while (paddedBytes < 16 * blocks.length) paddedBytes *= 2;
  const padded = Buffer.alloc(paddedBytes);
  Buffer.concat(blocks).copy(padded);
  const isEmpty = blocks.length === 0;
  // Hadoop counts the checksums of a block only where there are several blocks.
  const crcPerBlock = blocks.length > 1 ? blockSize / chunkBytes : 0;
  const head = Buffer.alloc(12);
  head.writeInt32BE(isEmpty ? 0 : chunkBytes, 0);
  head.writeBigInt64BE(BigInt(crcPerBlock), 4);
  return {
    algorithm: isEmpty ? "MD5-of-0MD5-of-0CRC32" : `MD5-of-${crcPerBlock}MD5-of-512CRC32C`,
    bytes: `${head.toString("hex")}${md5(padded).toString("hex")}00000000`,
    length: 28,
  };
}

function blockMd5(block: Uint8Array): Buffer {
  const crcs = Buffer.alloc(4 * Math.ceil(block.length / chunkBytes));
  for (let at = 0; at < block.length; at += chunkBytes) {
    crcs.writeUInt32BE(crc32c(block.subarray(at, at + chunkBytes)), (at / chunkBytes) * 4);
  }
  return md5(crcs);
}

function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crcTable[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function md5(bytes: Uint8Array): Buffer {
  return createHash("md5").update(bytes).digest();
}
