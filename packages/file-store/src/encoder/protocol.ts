/**
 * What the main thread and an encoder thread tell each other. A job comes with a port of its own:
 *
 *     main    --job--> thread
 *             --records, records, ..., end-->      at most recordsWindowBytes not yet used
 *             <--used, used, ...--                 the same memory, to be filled again
 *             <--chunk, chunk, ..., done|failed--  at most chunksWindow not yet taken
 *             --taken, taken, ...-->
 *             --(port closed)-->                   the file is complete, or nobody wants it any more
 *
 * All bytes are transferred, none are copied between the threads.
 */
import type { MessagePort } from "node:worker_threads";
import type { RecordSchema } from "@sewer/core";
import type { ResolvedFormatOptions } from "../options.ts";
import type { ErrorMessage } from "./error-message.ts";

/** Frames are copied into buffers of this size, many small ones into one; a larger frame gets its own. */
export const recordsBufferBytes = 256 * 1024;

/** Bytes of records that an encoding holds at once; a frame that is larger goes alone. */
export const recordsWindowBytes = 1024 * 1024;

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
}

/** What the main thread says of a job. */
export type ToThread =
  /** The next records, as in the payload of a frame, in the first `length` bytes. */
  | { readonly type: "records"; readonly buffer: ArrayBuffer; readonly length: number }
  /** These were all: so many as the spool counted. */
  | { readonly type: "end"; readonly readableCount: number | undefined }
  /** The store has asked for what follows the oldest chunk. */
  | { readonly type: "taken" };

/** What an encoder thread says of a job. */
export type FromThread =
  /** These records are encoded. */
  | { readonly type: "used"; readonly buffer: ArrayBuffer }
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
