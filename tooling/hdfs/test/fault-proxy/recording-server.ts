import { EventEmitter, once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

/** One connection that reached the server. */
export interface Reached {
  received: string;
  ended: "fin" | "rst" | undefined;
  readonly socket: Socket;
}

/** A server that answers every request with `answer` as soon as its head came, and remembers every byte. */
export class RecordingServer {
  readonly connections: Reached[] = [];
  answer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone";
  readonly #server: Server;
  readonly #changed = new EventEmitter();

  private constructor() {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#take(socket));
  }

  static async start(): Promise<RecordingServer> {
    const server = new RecordingServer();
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Waits until something holds. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await once(this.#changed, "change");
  }

  close(): void {
    this.#server.close();
    for (const { socket } of this.connections) socket.destroy();
  }

  #take(socket: Socket): void {
    const reached: Reached = { received: "", ended: undefined, socket };
    this.connections.push(reached);
    let tail = "";
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      // A head may come in pieces: its last three bytes are looked at again.
      const heads = countHeads(tail + text);
      tail = (tail + text).slice(-3);
      reached.received += text;
      for (let i = 0; i < heads; i++) socket.write(this.answer, "latin1");
      this.#changed.emit("change");
    });
    socket.on("end", () => {
      reached.ended = "fin";
      socket.end();
      this.#changed.emit("change");
    });
    socket.on("error", () => {
      reached.ended = "rst";
      this.#changed.emit("change");
    });
  }
}

function countHeads(text: string): number {
  return text.split("\r\n\r\n").length - 1;
}
