import type { FrameBuffer } from "./frame-buffer.ts";

/**
 * Frames that are written and kept until a sync covers them: when it fails, they are written again elsewhere.
 * Bounded: past `bytesMax` of memory nothing more is written before the next sync.
 */
export class UnsyncedFrames {
  readonly #bytesMax: number;
  #frames: FrameBuffer[] = [];
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get isEmpty(): boolean {
    return this.#frames.length === 0;
  }

  /** Nothing may be written before a sync. */
  get isFull(): boolean {
    return this.#bytes >= this.#bytesMax;
  }

  /** Keeps a frame. What counts is the memory it holds, however little of it is used. */
  keep(frame: FrameBuffer): void {
    this.#frames.push(frame);
    this.#bytes += frame.buffer.length;
  }

  /** All of them, oldest first; they are not kept any more. */
  take(): readonly FrameBuffer[] {
    const frames = this.#frames;
    this.#frames = [];
    this.#bytes = 0;
    return frames;
  }
}
