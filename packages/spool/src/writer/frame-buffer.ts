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

/** Once all are under way, one in so many has to be back before another is taken. */
const backOneIn = 4;

/**
 * The writer's memory: buffers of one size, made when they are needed and used again, and at most one larger
 * one beside them at a time.
 *
 * A pool that ran out stays exhausted until a quarter is back. With every single buffer given out again at once,
 * a disk that is slower than the source would have each read of each connection wait (docs/benchmarks.md).
 */
export class BufferPool {
  readonly bufferBytes: number;
  readonly #buffersMax: number;
  readonly #free: FrameBuffer[] = [];
  #made = 0;
  #hasOversize = false;
  #isExhausted = false;

  constructor(bufferBytes: number, poolBytesMax: number) {
    this.bufferBytes = bufferBytes;
    this.#buffersMax = Math.max(1, Math.floor(poolBytesMax / bufferBytes));
  }

  /** True from a {@link take} that found nothing until there is enough again. */
  get isExhausted(): boolean {
    return this.#isExhausted;
  }

  /** An empty frame that can hold `frameBytes`, or undefined when it has to be waited for. */
  take(frameBytes: number): FrameBuffer | undefined {
    if (frameBytes > this.bufferBytes) return this.#takeOversize(frameBytes);
    this.#isExhausted ||= this.#freeCount === 0;
    if (this.#isExhausted) return undefined;
    const free = this.#free.pop();
    if (free !== undefined) return free;
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
    if (this.#freeCount * backOneIn >= this.#buffersMax) this.#isExhausted = false;
  }

  /** Those that are not made yet, too. */
  get #freeCount(): number {
    return this.#free.length + this.#buffersMax - this.#made;
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
