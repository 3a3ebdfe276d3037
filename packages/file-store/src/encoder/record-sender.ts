import type { MessagePort } from "node:worker_threads";
import { Condition } from "./condition.ts";
import { recordsBufferBytes, recordsWindowBytes, tellThread } from "./protocol.ts";

/**
 * Gives a batch's frames to an encoder thread: copies them into buffers that are used again, since a frame's
 * bytes are valid only until the next, and waits while the thread has enough.
 */
export class RecordSender {
  readonly #port: MessagePort;
  readonly #changed = new Condition();
  readonly #free: ArrayBuffer[] = [];
  /** Bytes of the buffers that the thread has. */
  #sentBytes = 0;
  #buffer: Buffer | undefined;
  #length = 0;
  #isStopped = false;

  constructor(port: MessagePort) {
    this.#port = port;
  }

  /** Takes a frame's records; settles once they are copied. @returns false when nobody wants them any more. */
  async send(payload: Buffer): Promise<boolean> {
    if (this.#isStopped) return false;
    if (this.#buffer !== undefined && this.#length + payload.length > this.#buffer.length) this.#flush();
    this.#buffer ??= await this.#takeBuffer(payload.length);
    if (this.#buffer === undefined) return false;
    this.#length += payload.copy(this.#buffer, this.#length);
    return true;
  }

  /** Says that these were all. */
  end(readableCount: number | undefined): void {
    this.#flush();
    tellThread(this.#port, { type: "end", readableCount });
  }

  /** The thread gives a buffer back. */
  giveBack(buffer: ArrayBuffer): void {
    this.#sentBytes -= buffer.byteLength;
    if (buffer.byteLength === recordsBufferBytes) this.#free.push(buffer);
    this.#changed.notify();
  }

  /** Nobody wants more: a `send` that waits gives up. */
  stop(): void {
    this.#isStopped = true;
    this.#changed.notify();
  }

  #flush(): void {
    if (this.#buffer === undefined) return;
    const buffer = this.#buffer.buffer as ArrayBuffer;
    this.#sentBytes += buffer.byteLength;
    tellThread(this.#port, { type: "records", buffer, length: this.#length }, [buffer]);
    this.#buffer = undefined;
    this.#length = 0;
  }

  async #takeBuffer(payloadBytes: number): Promise<Buffer | undefined> {
    const bytes = Math.max(payloadBytes, recordsBufferBytes);
    while (!this.#isStopped && this.#sentBytes > 0 && this.#sentBytes + bytes > recordsWindowBytes) {
      await this.#changed.wait();
    }
    if (this.#isStopped) return undefined;
    const free = bytes === recordsBufferBytes ? this.#free.pop() : undefined;
    return free === undefined ? Buffer.allocUnsafeSlow(bytes) : Buffer.from(free);
  }
}
