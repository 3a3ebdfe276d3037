/** Writes a safe integer >= 0 as uint64 little-endian. */
export function writeUint64(target: Buffer, value: number, offset: number): void {
  target.writeBigUInt64LE(BigInt(Math.max(0, Math.trunc(value))), offset);
}

/** Reads a uint64 little-endian; what is larger than a safe integer comes rounded. */
export function readUint64(source: Buffer, offset: number): number {
  return Number(source.readBigUInt64LE(offset));
}
