import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { RecordSchema } from "@sewer/core";
import type { EncodableBatch, RecordTally } from "../formats/format.ts";
import type { ResolvedFormatOptions } from "../options.ts";
import { Condition } from "./condition.ts";
import { fromErrorMessage } from "./error-message.ts";
import { tellThread } from "./protocol.ts";
import type { EncodingJob, FileChunk, FromThread } from "./protocol.ts";
import { RecordSender } from "./record-sender.ts";

/** What is to be encoded. */
export interface EncodingRequest {
  readonly format: ResolvedFormatOptions;
  readonly schema: RecordSchema;
  readonly batch: EncodableBatch;
  /** Counts the encoded records as the file grows. */
  readonly tally: RecordTally;
}

/** The main thread's side of one file that an encoder thread makes (protocol.ts). */
export class Encoding {
  /** What the thread has to be told, once; its port has to be transferred. */
  readonly job: EncodingJob;
  readonly #request: EncodingRequest;
  readonly #signal: AbortSignal;
  readonly #port: MessagePort;
  readonly #sender: RecordSender;
  readonly #changed = new Condition();
  readonly #chunks: FileChunk[] = [];
  #isDone = false;
  #failure: { readonly error: unknown } | undefined;

  /** @param slots `slotCount` times `slotBytes`, which nothing else uses. */
  constructor(request: EncodingRequest, slots: SharedArrayBuffer, signal: AbortSignal) {
    const { batch, format, schema } = request;
    const { port1, port2 } = new MessageChannel();
    this.job = { batchId: batch.id, format, schema, port: port2, slots };
    this.#request = request;
    this.#signal = signal;
    this.#port = port1;
    this.#sender = new RecordSender(port1, slots);
    port1.on("message", (message: FromThread) => this.#received(message));
    port1.on("messageerror", (error) => this.fail(error));
  }

  /** The thread has said its last word, and does not look at the slots any more. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Ends it with an error. The first counts. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#changed.notify();
  }

  /** The file's bytes. Whoever stops asking for more ends the encoding. */
  async *chunks(): AsyncGenerator<Buffer, void, undefined> {
    const abort = (): void => this.fail(this.#signal.reason);
    this.#signal.addEventListener("abort", abort, { once: true });
    if (this.#signal.aborted) abort();
    const feeding = this.#feed();
    try {
      for (;;) {
        const chunk = await this.#nextChunk();
        if (chunk === undefined) return;
        yield Buffer.from(chunk.buffer, 0, chunk.length);
        tellThread(this.#port, { type: "taken" });
      }
    } finally {
      this.#signal.removeEventListener("abort", abort);
      this.#port.close();
      this.#sender.stop();
      await feeding;
    }
  }

  async #nextChunk(): Promise<FileChunk | undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.error;
      const chunk = this.#chunks.shift();
      if (chunk !== undefined || this.#isDone) return chunk;
      await this.#changed.wait();
    }
  }

  async #feed(): Promise<void> {
    const { batch } = this.#request;
    try {
      for await (const frame of batch.frames(this.#signal)) {
        if (!(await this.#sender.send(frame.payload))) return;
      }
      this.#sender.end(batch.readableCount);
    } catch (error) {
      this.fail(error);
    }
  }

  #received(message: FromThread): void {
    switch (message.type) {
      case "used":
        this.#sender.used();
        return;
      case "chunk":
        this.#request.tally.records = message.records;
        this.#chunks.push(message);
        break;
      case "done":
        this.#request.tally.records = message.records;
        this.#isDone = true;
        break;
      case "failed":
        this.fail(fromErrorMessage(message.error));
        break;
    }
    this.#changed.notify();
  }
}
