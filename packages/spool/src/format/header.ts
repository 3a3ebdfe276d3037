/**
 * The segment header, 64 bytes little-endian, stored twice with the meta behind each:
 *
 * ```
 *  0  8  magic "SWSPOOL1"
 *  8  2  version, 1
 * 10  2  size of this header, 64
 * 12  4  flags, 0
 * 16 16  incarnation
 * 32  4  sequence in the incarnation
 * 36  4  length of the meta, <= 65536
 * 40  8  creation time, epoch milliseconds
 * 48  4  CRC-32 of the meta
 * 52  8  0
 * 60  4  CRC-32 of bytes 0 to 59
 * ```
 *
 * Both CRCs start from the salt. A newer version may change anything but the first 12 bytes and its header's
 * last 4, so that this program can tell "newer" from "damaged".
 */
import { batchIdOf, bytesOfIncarnation, incarnationOfBytes, parseBatchId } from "../batch-id.ts";
import { crc, saltOf } from "./crc.ts";
import { readUint64, writeUint64 } from "./integers.ts";

/** Bytes of a header of version 1. */
export const headerBytes = 64;
/** Longest meta of a segment. */
export const metaBytesMax = 65_536;
/** What every version's file begins with; the eighth byte belongs to the version. */
export const magic = Buffer.from("SWSPOOL", "latin1");

const magicOfVersion1 = Buffer.from("SWSPOOL1", "latin1");
const version = 1;

/** What a header says. */
export interface SegmentHeader {
  readonly batchId: string;
  readonly createdMs: number;
  readonly metaBytes: number;
  readonly metaCrc: number;
}

/** A header that verifies: ours, or one of a version that came later. */
export type DecodedHeader =
  | { readonly kind: "known"; readonly header: SegmentHeader }
  | { readonly kind: "newer"; readonly version: number };

/** The beginning of a segment: header, meta, header, meta. */
export function encodePreamble(batchId: string, createdMs: number, meta: Uint8Array): Buffer {
  const parts = parseBatchId(batchId);
  if (parts === undefined) throw new Error(`not a batch id: ${batchId}`);
  if (meta.length > metaBytesMax) throw new Error(`a segment's meta has ${meta.length} bytes, over 65536`);
  const salt = saltOf(batchId);
  const header = Buffer.alloc(headerBytes);
  magicOfVersion1.copy(header, 0);
  header.writeUInt16LE(version, 8);
  header.writeUInt16LE(headerBytes, 10);
  bytesOfIncarnation(parts.incarnation).copy(header, 16);
  header.writeUInt32LE(parts.sequence, 32);
  header.writeUInt32LE(meta.length, 36);
  writeUint64(header, createdMs, 40);
  header.writeUInt32LE(crc(meta, salt), 48);
  header.writeUInt32LE(crc(header.subarray(0, 60), salt), 60);
  return Buffer.concat([header, meta, header, meta]);
}

/** Bytes of {@link encodePreamble} for a meta of this length: where the first frame begins. */
export function preambleBytes(metaBytes: number): number {
  return 2 * (headerBytes + metaBytes);
}

/** How long the header at the beginning of `bytes` says it is; a newer version's may be longer than ours. */
export function headerBytesIn(bytes: Buffer): number {
  const isHeader = bytes.length >= headerBytes && bytes.subarray(0, magic.length).equals(magic);
  return isHeader ? Math.max(headerBytes, bytes.readUInt16LE(10)) : headerBytes;
}

/**
 * Reads the header at the beginning of `bytes`.
 *
 * @param batchId The id that the file's name holds; without one the header's own is believed if it verifies.
 * @returns undefined when it does not verify.
 */
export function decodeHeader(bytes: Buffer, batchId?: string): DecodedHeader | undefined {
  if (bytes.length < headerBytes || !bytes.subarray(0, magic.length).equals(magic)) return undefined;
  const size = bytes.readUInt16LE(10);
  if (size < 16 || size > bytes.length) return undefined;
  const isKnown =
    bytes.readUInt16LE(8) === version && bytes[7] === magicOfVersion1[7] && size === headerBytes;
  const id = batchId ?? (isKnown ? idIn(bytes) : undefined);
  if (id === undefined) return undefined;
  if (crc(bytes.subarray(0, size - 4), saltOf(id)) !== bytes.readUInt32LE(size - 4)) return undefined;
  if (!isKnown) return { kind: "newer", version: bytes.readUInt16LE(8) };
  const metaBytes = bytes.readUInt32LE(36);
  if (metaBytes > metaBytesMax) return undefined;
  const createdMs = readUint64(bytes, 40);
  return { kind: "known", header: { batchId: id, createdMs, metaBytes, metaCrc: bytes.readUInt32LE(48) } };
}

function idIn(header: Buffer): string {
  return batchIdOf(incarnationOfBytes(header.subarray(16, 32)), header.readUInt32LE(32));
}
