/**
 * The seal: the last frame of a segment, type 1. Its payload, little-endian:
 *
 * ```
 *  0  4  reason: 1 age, 2 size, 3 stop, 4 recovered, 5 suspect
 *  4  4  length of the meta
 *  8  8  records in the segment, as the writer counted them
 * 16  8  sum of the payload lengths of its frames
 * 24  8  time of the first record, epoch milliseconds (the creation time)
 * 32  8  time of the last
 * 40  4  frames
 * 44  4  chain of the frames' CRCs
 * 48  8  bytes that a sync had covered before the seal was written; all before the seal unless suspect
 * 56  8  0
 * 64  n  the meta again
 *     4  length of the whole seal frame, so that it is found from the end of the file
 * ```
 */
import { crc } from "./crc.ts";
import { decodeFrameHeader, encodeFrameHeader, frameHeaderBytes, frameTypes } from "./frame.ts";
import { metaBytesMax } from "./header.ts";
import { readUint64, writeUint64 } from "./integers.ts";
import type { SealReason } from "../writer.ts";

const fixedBytes = 64;
const trailerBytes = 4;
const reasons: readonly SealReason[] = ["age", "size", "stop", "recovered", "suspect"];

/** Largest seal frame. */
export const sealFrameBytesMax = frameHeaderBytes + fixedBytes + metaBytesMax + trailerBytes;

/** What a seal says. */
export interface SealRecord {
  readonly reason: SealReason;
  readonly recordCount: number;
  readonly payloadBytes: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly frameCount: number;
  readonly chain: number;
  readonly syncedBytes: number;
  readonly meta: Buffer;
}

/** Bytes of {@link encodeSeal} for a meta of this length. */
export function sealFrameBytes(metaBytes: number): number {
  return frameHeaderBytes + fixedBytes + metaBytes + trailerBytes;
}

/** The whole seal frame. */
export function encodeSeal(seal: SealRecord, salt: number): Buffer {
  const frame = Buffer.alloc(sealFrameBytes(seal.meta.length));
  const payload = frame.subarray(frameHeaderBytes);
  payload.writeUInt32LE(reasons.indexOf(seal.reason) + 1, 0);
  payload.writeUInt32LE(seal.meta.length, 4);
  writeUint64(payload, seal.recordCount, 8);
  writeUint64(payload, seal.payloadBytes, 16);
  writeUint64(payload, seal.firstMs, 24);
  writeUint64(payload, seal.lastMs, 32);
  payload.writeUInt32LE(seal.frameCount, 40);
  payload.writeUInt32LE(seal.chain, 44);
  writeUint64(payload, seal.syncedBytes, 48);
  seal.meta.copy(payload, fixedBytes);
  payload.writeUInt32LE(frame.length, payload.length - trailerBytes);
  const ageMs = seal.lastMs - seal.firstMs;
  encodeFrameHeader(
    frame,
    { recordCount: 0, firstIndex: seal.recordCount, type: frameTypes.seal, ageMs },
    salt,
  );
  return frame;
}

/** Reads a seal's payload, already verified by its frame; undefined when it has not the form above. */
export function decodeSealPayload(payload: Buffer): SealRecord | undefined {
  if (payload.length < fixedBytes + trailerBytes) return undefined;
  const reason = reasons[payload.readUInt32LE(0) - 1];
  const metaBytes = payload.readUInt32LE(4);
  if (reason === undefined || fixedBytes + metaBytes + trailerBytes !== payload.length) return undefined;
  return {
    reason,
    recordCount: readUint64(payload, 8),
    payloadBytes: readUint64(payload, 16),
    firstMs: readUint64(payload, 24),
    lastMs: readUint64(payload, 32),
    frameCount: payload.readUInt32LE(40),
    chain: payload.readUInt32LE(44),
    syncedBytes: readUint64(payload, 48),
    meta: Buffer.from(payload.subarray(fixedBytes, fixedBytes + metaBytes)),
  };
}

/** The length that the last four bytes of a sealed segment name, or undefined when it cannot be one. */
export function sealFrameBytesIn(trailer: Buffer): number | undefined {
  const length = trailer.readUInt32LE(0);
  return length < sealFrameBytes(0) || length > sealFrameBytesMax ? undefined : length;
}

/** Reads a whole seal frame; undefined when it does not verify. */
export function decodeSealFrame(frame: Buffer, salt: number): SealRecord | undefined {
  const header = decodeFrameHeader(frame, salt);
  if (header?.type !== frameTypes.seal) return undefined;
  const payload = frame.subarray(frameHeaderBytes);
  if (payload.length !== header.payloadBytes || crc(payload, salt) !== header.payloadCrc) return undefined;
  return decodeSealPayload(payload);
}
