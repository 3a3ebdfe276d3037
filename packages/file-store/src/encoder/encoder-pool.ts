import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { extname } from "node:path";
import { EncoderThread } from "./encoder-thread.ts";
import type { EncodingRequest } from "./encoding.ts";

/** What an {@link EncoderPool} may use. */
export interface EncoderPoolOptions {
  /** Threads at most. @default 2, but one less than the machine has cores, and at least 1 */
  readonly workers?: number;
  /**
   * Limit of each thread's heap in MiB; the bytes of records and files lie outside it. The largest record
   * (16 MiB) needs up to 200 as JSON. V8 ends the whole process, not the thread, when a single object
   * oversteps the limit by far, so a low one protects nothing.
   * @default 512
   */
  readonly heapMiB?: number;
  /** The module that each thread runs. @default `encoder-worker` beside this module, or its bundle */
  readonly entry?: URL;
}

/**
 * Encodes batches in worker threads, so that compression takes no time from the event loop, and none from
 * the thread pool, where the spool's writes would queue behind it.
 *
 * Threads start when they are first needed, share out what there is, and are replaced when they die. An idle
 * one does not keep the process alive. Memory: 3 MiB of buffers for each encoding, of which 1 MiB is kept for the
 * next one, more only for frames above 256 KiB, and in the thread what the format collects: a block or 256 KiB of
 * lines.
 */
export class EncoderPool {
  readonly #workers: number;
  readonly #heapMiB: number;
  readonly #entry: URL;
  readonly #threads = new Set<EncoderThread>();
  #isClosed = false;

  constructor(options: EncoderPoolOptions = {}) {
    const { workers = Math.min(2, Math.max(1, availableParallelism() - 1)), heapMiB = 512, entry } = options;
    assert(Number.isInteger(workers) && workers >= 1, "workers is a whole number from 1");
    this.#workers = workers;
    this.#heapMiB = heapMiB;
    // Beside this module in the sources, beside the bundle that this module is in when it is built.
    this.#entry = entry ?? new URL(`encoder-worker${extname(import.meta.url)}`, import.meta.url);
  }

  /**
   * The bytes of the file that holds a batch: pieces of 1 MiB and a last one. The same batch gives the same
   * bytes, in whatever frames it comes.
   *
   * @throws SewerError as the format does; `SEWER_FILE_ENCODER_DIED` (temporary; scope `sink`, or `batch`
   * when it ran out of memory over this batch alone); what `batch.frames` throws; the signal's reason.
   */
  async *encode(request: EncodingRequest, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
    assert(!this.#isClosed, "the encoder pool is closed");
    yield* this.#leastBusy().encode(request, signal);
  }

  /** Ends the threads; what is under way fails with `SEWER_FILE_ABORTED`. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#threads].map((thread) => thread.close()));
    this.#threads.clear();
  }

  #leastBusy(): EncoderThread {
    let found: EncoderThread | undefined;
    for (const thread of this.#threads) {
      if (found === undefined || thread.encodingCount < found.encodingCount) found = thread;
    }
    if (found !== undefined && (found.encodingCount === 0 || this.#threads.size >= this.#workers))
      return found;
    const started = new EncoderThread({
      entry: this.#entry,
      heapMiB: this.#heapMiB,
      onDeath: (thread) => this.#threads.delete(thread),
    });
    this.#threads.add(started);
    return started;
  }
}

/** The pool that all sinks of a process share. */
export const sharedEncoders = new EncoderPool();
