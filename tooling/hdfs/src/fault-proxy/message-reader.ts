import type { Socket } from "node:net";

/** The longest head that is taken, in bytes. */
const headBytesMax = 65_536;

const blankLine = Buffer.from("\r\n\r\n");

/** Reads HTTP messages off a socket, byte for byte as they came. */
export class MessageReader {
  readonly #chunks: NodeJS.AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#chunks = socket.iterator({ destroyOnReturn: false }) as NodeJS.AsyncIterator<Buffer>;
  }

  /** What came; undefined at the end. Fails when the connection was reset. */
  async read(): Promise<Buffer | undefined> {
    if (this.#rest.length > 0) {
      const bytes = this.#rest;
      this.#rest = Buffer.alloc(0);
      return bytes;
    }
    const next = await this.#chunks.next();
    return next.done === true ? undefined : next.value;
  }

  /** Puts bytes back that {@link read} gave. */
  unread(bytes: Buffer): void {
    this.#rest = bytes;
  }

  /** The next head with its blank line; undefined when the connection ends before it. */
  async readHead(): Promise<Buffer | undefined> {
    let head = Buffer.alloc(0);
    for (;;) {
      const bytes = await this.read();
      if (bytes === undefined) return undefined;
      head = Buffer.concat([head, bytes]);
      const end = head.indexOf(blankLine);
      if (end !== -1) {
        this.#rest = head.subarray(end + blankLine.length);
        return head.subarray(0, end + blankLine.length);
      }
      if (head.length > headBytesMax) throw new Error(`a head of more than ${headBytesMax} bytes`);
    }
  }

  /** At most `length` bytes, as they come. */
  async *readBody(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0;) {
      const bytes = await this.read();
      if (bytes === undefined) return;
      this.#rest = bytes.subarray(Math.min(left, bytes.length));
      const taken = bytes.subarray(0, bytes.length - this.#rest.length);
      left -= taken.length;
      yield taken;
    }
  }
}

/** What there is to know of a request's head. */
export interface RequestHead {
  readonly method: string;
  readonly target: string;
  /** Bytes of the body. Infinite when it is chunked: then this is the last request of its connection. */
  readonly bodyBytes: number;
}

/** Reads the few things of a head that count. */
export function parseRequestHead(head: Buffer): RequestHead {
  const text = head.toString("latin1");
  const [method = "", target = ""] = text.slice(0, text.indexOf("\r\n")).split(" ");
  const isChunked = /^transfer-encoding:.*chunked/im.test(text);
  const length = /^content-length:\s*(\d+)/im.exec(text)?.[1] ?? "0";
  return { method, target, bodyBytes: isChunked ? Infinity : Number(length) };
}

/** The status of an answer's head. */
export function statusOf(head: Buffer): number {
  return Number(head.toString("latin1", 0, 16).split(" ")[1]);
}
