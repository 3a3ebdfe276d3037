/**
 * What the main thread and an encoder thread tell each other. A job comes with a port of its own and with
 * memory that both threads see, in slots; a slot belongs to the thread from `records` to `used`.
 *
 *     main    --job--> thread
 *             --records, records, ..., end-->
 *             <--used, used, ...--
 *             <--chunk, chunk, ..., done|failed--  at most chunksWindow not yet taken
 *             --taken, taken, ...-->
 *             --(port closed)-->                   the file is complete, or nobody wants it any more
 *
 * Records go through shared memory, because every buffer that is transferred counts as new memory to the
 * garbage collector of the thread that gets it. Chunks are transferred: a store may keep them for a while.
 */
import type { MessagePort } from "node:worker_threads";
import type { RecordSchema } from "@sewer/core";
import type { ResolvedFormatOptions } from "../options.ts";
import type { ErrorMessage } from "./error-message.ts";

/** As much as a frame has at most, unless a single record is larger. */
export const slotBytes = 256 * 1024;

/** Slots of an encoding: 1 MiB of records on their way. */
export const slotCount = 4;

/** The size of a file's pieces, but for the last. */
export const chunkBytes = 1024 * 1024;

/** Pieces that an encoding holds at once: one that the store writes, and the next. */
export const chunksWindow = 2;

/** One file to encode. */
export interface EncodingJob {
  readonly batchId: string;
  readonly format: ResolvedFormatOptions;
  readonly schema: RecordSchema;
  readonly port: MessagePort;
  /** `slotCount` times `slotBytes`. */
  readonly slots: SharedArrayBuffer;
}

/** What the main thread says of a job. */
export type ToThread =
  /** The next records, as in the payload of a frame. */
  | { readonly type: "records"; readonly records: SlotRecords | LargeFrame }
  /** These were all: so many as the spool counted. */
  | { readonly type: "end"; readonly readableCount: number | undefined }
  /** The store has asked for what follows the oldest chunk. */
  | { readonly type: "taken" };

/** Records of one frame, or of several small ones, in the first `length` bytes of a slot. */
export interface SlotRecords {
  readonly slot: number;
  readonly length: number;
}

/** A frame that no slot can hold, in memory of its own. */
export interface LargeFrame {
  readonly buffer: ArrayBuffer;
}

/** What an encoder thread says of a job. */
export type FromThread =
  /** The oldest records are encoded. */
  | { readonly type: "used" }
  | FileChunk
  /** The file is complete. */
  | { readonly type: "done"; readonly records: number }
  | { readonly type: "failed"; readonly error: ErrorMessage };

/** The next bytes of the file, the first `length` of the buffer, and the records encoded so far. */
export interface FileChunk {
  readonly type: "chunk";
  readonly buffer: ArrayBuffer;
  readonly length: number;
  readonly records: number;
}

/** Says something of a job to its thread; the memory of `moved` goes along. */
export function tellThread(port: MessagePort, message: ToThread, moved: readonly ArrayBuffer[] = []): void {
  port.postMessage(message, moved);
}

/** Says something of a job to the main thread; the memory of `moved` goes along. */
export function tellMain(port: MessagePort, message: FromThread, moved: readonly ArrayBuffer[] = []): void {
  port.postMessage(message, moved);
}

/** One slot of a job's memory. */
export function slotOf(slots: SharedArrayBuffer, slot: number, length = slotBytes): Buffer {
  return Buffer.from(slots, slot * slotBytes, length);
}
