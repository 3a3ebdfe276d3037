import type { MessagePort } from "node:worker_threads";
import type { RecordTally } from "../formats/format.ts";
import { chunkBytes, chunksWindow, tellMain } from "./protocol.ts";
import { Window } from "./window.ts";

/** The memory of a last chunk that was sent as a copy, for the next file that this thread makes. */
let spare: Buffer | undefined;

/** Gives a file's bytes to the main thread in equal pieces, and waits while it has enough. */
export class ChunkSender {
  readonly #port: MessagePort;
  readonly #tally: RecordTally;
  readonly #window = new Window();
  #chunk: Buffer | undefined;
  #length = 0;

  /** @param tally Counts the records of what is sent. */
  constructor(port: MessagePort, tally: RecordTally) {
    this.#port = port;
    this.#tally = tally;
  }

  /** Takes the next bytes; settles once they are copied. @returns false when nobody wants them any more. */
  async send(piece: Uint8Array): Promise<boolean> {
    for (let at = 0; at < piece.length;) {
      if (this.#chunk === undefined && !(await this.#window.below(chunksWindow))) return false;
      this.#chunk ??= newChunk();
      const count = Math.min(piece.length - at, chunkBytes - this.#length);
      this.#chunk.set(piece.subarray(at, at + count), this.#length);
      this.#length += count;
      at += count;
      if (this.#length === chunkBytes) this.#flush();
    }
    return true;
  }

  /** Sends what is left: of a small file so much memory as it needs, since the other thread's collector counts it. */
  end(): void {
    if (this.#chunk !== undefined && this.#length <= chunkBytes / 4) {
      spare = this.#chunk;
      this.#chunk = Buffer.allocUnsafeSlow(this.#length);
      spare.copy(this.#chunk, 0, 0, this.#length);
    }
    this.#flush();
  }

  /** The main thread asks for more. */
  taken(): void {
    this.#window.answered();
  }

  /** Nobody wants more: a `send` that waits gives up. */
  stop(): void {
    this.#window.close();
  }

  #flush(): void {
    if (this.#chunk === undefined) return;
    const buffer = this.#chunk.buffer as ArrayBuffer;
    const { records } = this.#tally;
    tellMain(this.#port, { type: "chunk", buffer, length: this.#length, records }, [buffer]);
    this.#window.sent();
    this.#chunk = undefined;
    this.#length = 0;
  }
}

function newChunk(): Buffer {
  const chunk = spare ?? Buffer.allocUnsafeSlow(chunkBytes);
  spare = undefined;
  return chunk;
}
