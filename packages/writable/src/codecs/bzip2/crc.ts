const table = Int32Array.from({ length: 256 }, (_, index) => {
  let value = index << 24;
  for (let bit = 0; bit < 8; bit++) value = (value << 1) ^ (value < 0 ? 0x04c11db7 : 0);
  return value;
});

/** CRC-32 with the most significant bit first, which node:zlib has not. Begin with -1 and end with ~. */
export function crcOf(bytes: Uint8Array, start = -1): number {
  let crc = start;
  for (let at = 0; at < bytes.length; at++) crc = (crc << 8) ^ table[(crc >>> 24) ^ bytes[at]!]!;
  return crc;
}

/** A stream's checksum after one more block. */
export function combineCrcs(stream: number, block: number): number {
  return ((stream << 1) | (stream >>> 31)) ^ block;
}
