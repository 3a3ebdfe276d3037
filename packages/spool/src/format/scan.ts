import { crc } from "./crc.ts";
import { decodeFrameHeader, frameHeaderBytes, frameMagic, type FrameHeader } from "./frame.ts";
import type { ReadWindow } from "./read-window.ts";

/** One step of a scan: a frame that verifies, or a stretch where none begins or where one is damaged. */
export type ScanStep =
  | {
      readonly kind: "frame";
      readonly position: number;
      readonly header: FrameHeader;
      /** Valid until the next step. */
      readonly payload: Buffer;
    }
  | { readonly kind: "damage"; readonly position: number; readonly length: number; readonly what: string };

/** What {@link scanFrames} walks over. */
export interface ScanRange {
  readonly salt: number;
  readonly from: number;
  readonly to: number;
}

const searchBytes = 64 * 1024;

/**
 * Walks over the frames of a segment, past every damage: behind a good header with a bad payload exactly one
 * frame is skipped, behind a bad header the next header that verifies is searched for. Frames are independent
 * of each other, so a hole says nothing about what follows it.
 */
export async function* scanFrames(window: ReadWindow, range: ScanRange): AsyncGenerator<ScanStep> {
  const { salt, to } = range;
  let position = range.from;
  while (position < to) {
    const header = decodeFrameHeader(await window.load(position, frameHeaderBytes), salt);
    if (header === undefined) {
      const next = await findFrame(window, { salt, from: position + 1, to });
      const what = next === to ? "no frame up to the end" : "no frame begins here";
      yield { kind: "damage", position, length: next - position, what };
      position = next;
      continue;
    }
    const length = frameHeaderBytes + header.payloadBytes;
    const frame = position + length <= to ? await window.load(position, length) : undefined;
    if (frame?.length !== length) {
      yield { kind: "damage", position, length: to - position, what: "a frame is cut short" };
      return;
    }
    const payload = frame.subarray(frameHeaderBytes);
    if (crc(payload, salt) === header.payloadCrc) yield { kind: "frame", position, header, payload };
    else yield { kind: "damage", position, length, what: "a frame's payload does not match its checksum" };
    position += length;
  }
}

/** The position of the next frame header that verifies; `to` when there is none. */
async function findFrame(window: ReadWindow, range: ScanRange): Promise<number> {
  let position = range.from;
  while (position + frameHeaderBytes <= range.to) {
    const chunk = await window.load(position, Math.min(searchBytes, range.to - position));
    if (chunk.length < frameHeaderBytes) break;
    const found = chunk.indexOf(frameMagic);
    if (found === -1) {
      position += chunk.length - frameMagic.length + 1;
      continue;
    }
    position += found;
    const header = decodeFrameHeader(await window.load(position, frameHeaderBytes), range.salt);
    if (header !== undefined) return position;
    position += 1;
  }
  return range.to;
}
