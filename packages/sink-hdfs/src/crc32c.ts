/** Castagnoli's polynomial, bits reversed. */
const polynomial = 0x82f63b78;

/** Eight tables: `tables[256 * n + byte]` is the CRC of `byte` and `n` zero bytes. */
const tables = makeTables();

/**
 * CRC-32C of `bytes[start, end)`, eight bytes a step.
 *
 * @param crc The CRC of what comes before. @returns an unsigned 32-bit number.
 */
export function crc32c(bytes: Uint8Array, start: number, end: number, crc = 0): number {
  const t = tables;
  let c = ~crc;
  let i = start;
  // The index is in range throughout, so the `!` below stand for numbers.
  for (const last = end - 8; i <= last; i += 8) {
    c ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    c =
      t[1792 + (c & 0xff)]! ^
      t[1536 + ((c >>> 8) & 0xff)]! ^
      t[1280 + ((c >>> 16) & 0xff)]! ^
      t[1024 + (c >>> 24)]! ^
      t[768 + bytes[i + 4]!]! ^
      t[512 + bytes[i + 5]!]! ^
      t[256 + bytes[i + 6]!]! ^
      t[bytes[i + 7]!]!;
  }
  for (; i < end; i++) c = (c >>> 8) ^ t[(c ^ bytes[i]!) & 0xff]!;
  return ~c >>> 0;
}

function makeTables(): Int32Array {
  const result = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let c = byte;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ polynomial : c >>> 1;
    result[byte] = c;
  }
  for (let i = 256; i < result.length; i++) {
    const before = result[i - 256]!;
    result[i] = (before >>> 8) ^ result[before & 0xff]!;
  }
  return result;
}
