import type { Writable } from "node:stream";

/** Text is gathered to about this many characters before it is written. */
const gatherLength = 64 * 1024;

/**
 * Writes lines to a stream, gathered, and waits while the reader is slower. When the reader went away
 * (EPIPE), {@link isClosed} turns true and nothing more is written.
 */
export class LineWriter {
  readonly #stream: Writable;
  #gathered = "";
  #isClosed = false;
  #failure: Error | undefined;

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on("error", (error: NodeJS.ErrnoException) => {
      this.#isClosed = true;
      if (error.code !== "EPIPE") this.#failure = error;
    });
  }

  /** True when nobody reads any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** @throws Error when the stream failed other than by EPIPE. */
  async write(line: string): Promise<void> {
    this.#gathered += `${line}\n`;
    if (this.#gathered.length >= gatherLength) await this.flush();
  }

  /** @throws Error when the stream failed other than by EPIPE. */
  async flush(): Promise<void> {
    const text = this.#gathered;
    this.#gathered = "";
    if (text !== "" && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.#stream.write(text, () => resolve());
      });
    }
    if (this.#failure !== undefined) throw this.#failure;
  }
}
