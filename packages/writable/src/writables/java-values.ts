/** What Java's `hashCode` and `compareTo` give for the values of Writables. */

/** `WritableComparator.hashBytes`. */
export function hashBytes(bytes: Uint8Array): number {
  let hash = 1;
  for (const byte of bytes) hash = (Math.imul(31, hash) + ((byte << 24) >> 24)) | 0;
  return hash;
}

/** `(int) value`: what LongWritable and VLongWritable have, unlike `Long.hashCode`. */
export function lowInt32(value: number | bigint): number {
  return Number(BigInt.asIntN(32, BigInt(value)));
}

/** Numbers and bigints by value. */
export function compareIntegers(left: number | bigint, right: number | bigint): number {
  if (left < right) return -1;
  return left > right ? 1 : 0;
}

/** `Float.compare` and `Double.compare`: -0 before 0, NaN behind everything. */
export function compareFloats(left: number, right: number): number {
  if (left < right) return -1;
  if (left > right) return 1;
  return floatRank(left) - floatRank(right);
}

/** Apart only for values that neither `<` nor `>` tells apart. */
function floatRank(value: number): number {
  if (Number.isNaN(value)) return 2;
  return Object.is(value, -0) ? 0 : 1;
}
