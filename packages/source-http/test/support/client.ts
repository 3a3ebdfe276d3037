import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A client that sends bytes as they are and takes what comes. */
export class Client {
  readonly socket: Socket;
  /** All that came, as Latin-1. */
  received = "";
  /** The server ended its side. */
  isEnded = false;
  isClosed = false;
  errorCode: string | undefined;
  readonly #watchers = new Set<() => void>();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#changed(() => (this.received += chunk.toString("latin1"))));
    socket.on("end", () => this.#changed(() => (this.isEnded = true)));
    socket.on("close", () => this.#changed(() => (this.isClosed = true)));
    socket.on("error", (error: NodeJS.ErrnoException) => this.#changed(() => (this.errorCode = error.code)));
  }

  /**
   * Connects; the socket is destroyed when the test ends.
   *
   * @param from the address that the server sees.
   */
  static async open(port: number, allowHalfOpen = false, from = "127.0.0.1"): Promise<Client> {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen, localAddress: from });
    const client = new Client(socket);
    await once(socket, "connect");
    onTestFinished(() => void socket.destroy());
    return client;
  }

  send(bytes: string | Uint8Array): void {
    this.socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  }

  /** The answers so far; none of them has a body. */
  get answers(): string[] {
    return this.received.split("\r\n\r\n").slice(0, -1);
  }

  get statuses(): number[] {
    return this.answers.map((answer) => Number(answer.split(" ")[1]));
  }

  /** Settles once `count` answers are there. */
  async answered(count: number): Promise<void> {
    await this.until(() => this.answers.length >= count || this.isClosed);
  }

  /** Settles once the server has ended the connection. */
  async ended(): Promise<void> {
    await this.until(() => this.isEnded || this.isClosed);
  }

  /** Settles once `condition` holds; looked at whenever something happens on the socket. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!condition()) return;
        this.#watchers.delete(check);
        resolve();
      };
      this.#watchers.add(check);
      check();
    });
  }

  #changed(change: () => void): void {
    change();
    for (const watcher of this.#watchers) watcher();
  }
}

/** Settles once `condition` holds, looked at in every turn of the event loop. */
export async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
