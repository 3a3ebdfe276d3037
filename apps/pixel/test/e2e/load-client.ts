import { connect, type Socket } from "node:net";
import { eventKey, knownRequest } from "./events.ts";

/** What became of the requests that a client sent. */
export interface LoadResult {
  /** Keys of the events whose request was answered 204, in the order of the answers. */
  readonly acknowledged: readonly string[];
  /** The same, one list per connection. */
  readonly acknowledgedBy: readonly (readonly string[])[];
  /** Keys of the events whose request was sent but got no answer: they may or may not have been recorded. */
  readonly unanswered: readonly string[];
  /** Answers other than 204, by status. */
  readonly refused: ReadonlyMap<number, number>;
}

/** How much load, and for how long. */
export interface LoadOptions {
  readonly port: number;
  /** First request number; every request gets the next. */
  readonly firstId?: number;
  readonly requests: number;
  /** Keep-alive connections, each with one request under way. */
  readonly connections: number;
  /** Pause of each connection after an answer, so that load lasts as long as a test needs. */
  readonly paceMs?: number;
  /** Called with the number of answers so far. */
  readonly onProgress?: (answered: number) => void;
  /** Ends the load early. */
  readonly signal?: AbortSignal;
}

/**
 * Sends numbered requests over keep-alive connections and remembers which were answered. A connection that
 * the server ends is not opened again: its last request counts as unanswered.
 */
export async function sendLoad(options: LoadOptions): Promise<LoadResult> {
  const acknowledged: string[] = [];
  const unanswered: string[] = [];
  const refused = new Map<number, number>();
  const endId = (options.firstId ?? 0) + options.requests;
  let nextId = options.firstId ?? 0;

  const acknowledgedBy: string[][] = Array.from({ length: options.connections }, () => []);

  async function runConnection(own: string[]): Promise<void> {
    const socket = connect(options.port, "127.0.0.1").setNoDelay(true);
    const answers = new AnswerReader(socket);
    try {
      while (nextId < endId && options.signal?.aborted !== true) {
        const { head, event } = knownRequest(nextId++);
        const status = await answers.request(head);
        if (status === undefined) {
          unanswered.push(eventKey(event));
          return;
        }
        if (status === 204) {
          acknowledged.push(eventKey(event));
          own.push(eventKey(event));
        } else refused.set(status, (refused.get(status) ?? 0) + 1);
        options.onProgress?.(acknowledged.length);
        if (answers.closing) return;
        if (options.paceMs) await new Promise((resolve) => setTimeout(resolve, options.paceMs));
      }
    } finally {
      socket.destroy();
    }
  }

  await Promise.all(acknowledgedBy.map((own) => runConnection(own)));
  return { acknowledged, acknowledgedBy, unanswered, refused };
}

/** Reads answers without a body from a socket, one for each request. */
class AnswerReader {
  /** True once an answer has said `Connection: close`. */
  closing = false;
  readonly #socket: Socket;
  #received = "";
  #ended = false;
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      this.#received += text;
      this.#wake();
    });
    const end = (): void => {
      this.#ended = true;
      this.#wake();
    };
    socket.on("end", end).on("close", end).on("error", end);
  }

  /** Sends one request. @returns the status of its answer, or undefined when the connection ended first. */
  async request(head: Buffer): Promise<number | undefined> {
    if (this.#ended) return undefined;
    this.#socket.write(head);
    for (;;) {
      const end = this.#received.indexOf("\r\n\r\n");
      if (end >= 0) {
        const answer = this.#received.slice(0, end);
        this.#received = this.#received.slice(end + 4);
        this.closing = /\r\nconnection: close/i.test(answer);
        return Number(answer.slice("HTTP/1.1 ".length, "HTTP/1.1 204".length));
      }
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
