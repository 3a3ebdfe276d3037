import { extendChain, type FrameHeader } from "./frame.ts";

/** Counts the frames of a segment as they are met, in file order. */
export class FrameTally {
  /** Index that the next record would have: what the writer had counted up to here. */
  nextIndex = 0;
  /** Records that could be read. */
  records = 0;
  frames = 0;
  payloadBytes = 0;
  /** Milliseconds since creation of the newest frame. */
  ageMs = 0;
  chain: number;

  constructor(salt: number) {
    this.chain = salt;
  }

  /** Takes a frame of records. @returns false when its records were met already; it is to be ignored. */
  add(header: FrameHeader): boolean {
    if (header.firstIndex < this.nextIndex) return false;
    this.nextIndex = header.firstIndex + header.recordCount;
    this.records += header.recordCount;
    this.frames += 1;
    this.payloadBytes += header.payloadBytes;
    this.ageMs = Math.max(this.ageMs, header.ageMs);
    this.chain = extendChain(this.chain, header.payloadCrc, header.headerCrc);
    return true;
  }
}
