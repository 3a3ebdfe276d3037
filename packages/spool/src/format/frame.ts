/**
 * A frame: what one write appends, and what is lost together. Header of 32 bytes, little-endian:
 *
 * ```
 *  0  4  magic "SWF1"
 *  4  4  length of the payload
 *  8  4  records in it
 * 12  4  index of its first record in the segment
 * 16  1  type: 0 records, 1 seal
 * 17  1  codec: 0 none
 * 18  2  0
 * 20  4  milliseconds since the segment's creation
 * 24  4  CRC-32 of the payload
 * 28  4  CRC-32 of bytes 0 to 27
 * ```
 *
 * Both CRCs start from the salt. They are two, so that behind a good header a bad payload costs exactly this
 * frame and exactly this many records. The payload of type 0 is uint32 length + bytes, for each record.
 */
import { crc } from "./crc.ts";

/** Bytes of a frame's header. */
export const frameHeaderBytes = 32;
/** Bytes in front of each record in a payload. */
export const recordHeaderBytes = 4;
/** Largest record that the format takes. */
export const recordBytesMax = 16 * 1024 * 1024;
/** Largest payload: one record of {@link recordBytesMax}. */
export const payloadBytesMax = recordBytesMax + recordHeaderBytes;
/** What a frame begins with. */
export const frameMagic = Buffer.from("SWF1", "latin1");

const frameMagicNumber = frameMagic.readUInt32LE(0);

/** What a payload holds. */
export const frameTypes = { records: 0, seal: 1 } as const;

/** What a frame's header says. */
export interface FrameHeader {
  readonly payloadBytes: number;
  readonly recordCount: number;
  readonly firstIndex: number;
  readonly type: number;
  readonly codec: number;
  /** Milliseconds since the segment's creation. */
  readonly ageMs: number;
  readonly payloadCrc: number;
  readonly headerCrc: number;
}

/** What the writer decides about a frame. */
export interface FrameFields {
  readonly recordCount: number;
  readonly firstIndex: number;
  readonly type: number;
  readonly ageMs: number;
}

/**
 * Fills in the header of a frame whose payload already lies behind it.
 *
 * @param frame The whole frame.
 */
export function encodeFrameHeader(frame: Buffer, fields: FrameFields, salt: number): void {
  const payload = frame.subarray(frameHeaderBytes);
  frame.writeUInt32LE(frameMagicNumber, 0);
  frame.writeUInt32LE(payload.length, 4);
  frame.writeUInt32LE(fields.recordCount, 8);
  frame.writeUInt32LE(fields.firstIndex, 12);
  frame.writeUInt32LE(fields.type, 16);
  frame.writeUInt32LE(Math.max(0, Math.min(fields.ageMs, 0xffff_ffff)), 20);
  frame.writeUInt32LE(crc(payload, salt), 24);
  frame.writeUInt32LE(crc(frame.subarray(0, 28), salt), 28);
}

/** Reads the header at the beginning of `bytes`; undefined when it does not verify. */
export function decodeFrameHeader(bytes: Buffer, salt: number): FrameHeader | undefined {
  if (bytes.length < frameHeaderBytes || bytes.readUInt32LE(0) !== frameMagicNumber) return undefined;
  const headerCrc = bytes.readUInt32LE(28);
  if (crc(bytes.subarray(0, 28), salt) !== headerCrc) return undefined;
  const payloadBytes = bytes.readUInt32LE(4);
  if (payloadBytes > payloadBytesMax) return undefined;
  return {
    payloadBytes,
    recordCount: bytes.readUInt32LE(8),
    firstIndex: bytes.readUInt32LE(12),
    type: bytes.readUInt8(16),
    codec: bytes.readUInt8(17),
    ageMs: bytes.readUInt32LE(20),
    payloadCrc: bytes.readUInt32LE(24),
    headerCrc,
  };
}

/** The chain that a seal ends: a CRC over the two CRCs of every frame, in order, from the salt. */
export function extendChain(chain: number, payloadCrc: number, headerCrc: number): number {
  const pair = Buffer.allocUnsafe(8);
  pair.writeUInt32LE(payloadCrc, 0);
  pair.writeUInt32LE(headerCrc, 4);
  return crc(pair, chain);
}
