import { frameHeaderBytes } from "../format/frame.ts";
import type { SegmentDraft } from "./segment-draft.ts";

/** A frame that is being filled or waits to be written. Its header is filled in when it is written. */
export interface FrameBuffer {
  readonly buffer: Buffer;
  /** Made for one record that no pooled buffer can hold. */
  readonly isOversize: boolean;
  /** Where the next record's length goes. */
  position: number;
  recordCount: number;
  /** Monotonic milliseconds at which its first record was there. */
  sinceMs: number;
  /** Epoch milliseconds at which its last record was there. */
  lastMs: number;
  segment: SegmentDraft | undefined;
}

/**
 * The writer's memory: buffers of one size, made when they are needed and used again, and at most one larger
 * one beside them at a time.
 */
export class BufferPool {
  readonly bufferBytes: number;
  readonly #buffersMax: number;
  readonly #free: FrameBuffer[] = [];
  #made = 0;
  #hasOversize = false;

  constructor(bufferBytes: number, poolBytesMax: number) {
    this.bufferBytes = bufferBytes;
    this.#buffersMax = Math.max(1, Math.floor(poolBytesMax / bufferBytes));
  }

  /** An empty frame that can hold `frameBytes`, or undefined when all are under way. */
  take(frameBytes: number): FrameBuffer | undefined {
    if (frameBytes > this.bufferBytes) return this.#takeOversize(frameBytes);
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#made === this.#buffersMax) return undefined;
    this.#made += 1;
    return emptyFrame(this.bufferBytes, false);
  }

  /** Takes a frame back. */
  give(frame: FrameBuffer): void {
    if (frame.isOversize) {
      this.#hasOversize = false;
      return;
    }
    frame.position = frameHeaderBytes;
    frame.recordCount = 0;
    frame.segment = undefined;
    this.#free.push(frame);
  }

  #takeOversize(frameBytes: number): FrameBuffer | undefined {
    if (this.#hasOversize) return undefined;
    this.#hasOversize = true;
    return emptyFrame(frameBytes, true);
  }
}

function emptyFrame(bytes: number, isOversize: boolean): FrameBuffer {
  const buffer = Buffer.allocUnsafeSlow(bytes);
  return {
    buffer,
    isOversize,
    position: frameHeaderBytes,
    recordCount: 0,
    sinceMs: 0,
    lastMs: 0,
    segment: undefined,
  };
}
