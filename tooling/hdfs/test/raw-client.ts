import { once } from "node:events";
import { createConnection, type Socket } from "node:net";

/** What a client on a bare socket sees. */
export class RawClient {
  readonly #socket: Socket;
  readonly #ended: Promise<"fin" | "rst">;
  /** Everything that came. */
  received = "";

  constructor(port: number) {
    this.#socket = createConnection({ host: "127.0.0.1", port, allowHalfOpen: true });
    this.#socket.setEncoding("latin1").on("data", (text: string) => (this.received += text));
    this.#ended = new Promise((resolve) => {
      this.#socket.once("end", () => resolve("fin"));
      this.#socket.once("error", () => resolve("rst"));
    });
  }

  send(text: string): this {
    this.#socket.write(text, "latin1");
    return this;
  }

  /** Bytes that were sent and that nobody took. */
  get stuckBytes(): number {
    return this.#socket.writableLength;
  }

  /** How the other side ended the connection. */
  async end(): Promise<"fin" | "rst"> {
    const how = await this.#ended;
    this.#socket.destroy();
    return how;
  }

  /** Waits until `text` came; fails when the connection ends before. */
  async until(text: string): Promise<string> {
    while (!this.received.includes(text)) {
      const how = await Promise.race([once(this.#socket, "data"), this.#ended]);
      if (typeof how === "string") throw new Error(`ended by ${how} before "${text}" came`);
    }
    return this.received;
  }

  /** Ends the connection as a dying process does. */
  leave(how: "fin" | "rst"): void {
    if (how === "fin") this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }
}
