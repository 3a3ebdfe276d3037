import { Worker } from "node:worker_threads";
import { SewerError } from "@sewer/core";
import { fileStoreErrors } from "../errors.ts";
import { Encoding, type EncodingRequest } from "./encoding.ts";
import { slotBytes, slotCount } from "./protocol.ts";

/** How a thread is made. */
export interface EncoderThreadOptions {
  /** The module that the thread runs. */
  readonly entry: URL;
  /** Limit of its heap in MiB. The bytes of records and files lie outside it. */
  readonly heapMiB: number;
  /** Called once, when it is gone or about to go without having been asked to. */
  readonly onDeath: (thread: EncoderThread) => void;
}

/** One worker thread. It takes any number of encodings and goes from one to the next with every piece. */
export class EncoderThread {
  readonly #worker: Worker;
  readonly #encodings = new Set<Encoding>();
  /** Slots of encodings that are done. To fill new ones with zeros takes longer than a small batch does. */
  readonly #slots: SharedArrayBuffer[] = [];
  #isOver = false;

  constructor({ entry, heapMiB, onDeath }: EncoderThreadOptions) {
    this.#worker = new Worker(entry, {
      name: "sewer-encoder",
      resourceLimits: { maxOldGenerationSizeMb: heapMiB },
      // Tests run from source without this condition in the process's own arguments.
      ...(entry.pathname.endsWith(".ts") && { execArgv: ["--conditions=@sewer/source"] }),
    });
    const die = (reason: unknown): void => {
      if (this.#isOver) return;
      this.#isOver = true;
      onDeath(this);
      this.#failAll(threadDied(reason, this.#encodings.size === 1));
    };
    this.#worker.on("error", die);
    this.#worker.on("exit", (code) => die(new Error(`it exited with ${code}`)));
    this.#worker.unref();
  }

  /** Encodings under way. */
  get encodingCount(): number {
    return this.#encodings.size;
  }

  /** Encodes one batch. The process lives at least until it is done. */
  async *encode(request: EncodingRequest, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
    const slots = this.#slots.pop() ?? new SharedArrayBuffer(slotCount * slotBytes);
    const encoding = new Encoding(request, slots, signal);
    this.#encodings.add(encoding);
    this.#worker.ref();
    this.#worker.postMessage(encoding.job, [encoding.job.port]);
    try {
      yield* encoding.chunks();
    } finally {
      this.#encodings.delete(encoding);
      if (encoding.isDone) this.#slots.push(slots);
      if (this.#encodings.size === 0) this.#worker.unref();
    }
  }

  /** Ends the thread, and what is under way with an error. */
  async close(): Promise<void> {
    this.#isOver = true;
    this.#failAll(new SewerError(fileStoreErrors.aborted, "the encoder pool was closed"));
    await this.#worker.terminate();
  }

  #failAll(error: SewerError): void {
    for (const encoding of this.#encodings) encoding.fail(error);
  }
}

/** Surely the batch's own fault only where it was the only one that could have filled the heap. */
function threadDied(reason: unknown, wasAlone: boolean): SewerError {
  const isOutOfMemory =
    reason instanceof Error && "code" in reason && reason.code === "ERR_WORKER_OUT_OF_MEMORY";
  const message =
    `an encoder thread ended before the file was complete: ${reason instanceof Error ? reason.message : String(reason)}; ` +
    "nothing was published, and the next attempt gets a new thread";
  return new SewerError(fileStoreErrors.encoderDied, message, {
    scope: isOutOfMemory && wasAlone ? "batch" : "sink",
    cause: reason,
  });
}
