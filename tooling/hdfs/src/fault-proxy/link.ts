import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import type { Clock } from "@sewer/core";
import { sideOf, type ArmedFault, type Ending, type Side } from "./fault.ts";
import { MessageReader, parseRequestHead, statusOf } from "./message-reader.ts";
import { MessageSender } from "./message-sender.ts";
import { toSeenRequest, type SeenRequest } from "../request-match.ts";

/** What all connections of one proxy share. */
export interface LinkContext {
  readonly targetPort: number;
  readonly clock: Clock;
  /** Notes a request and picks the fault that is done to it. */
  readonly choose: (request: SeenRequest) => ArmedFault | undefined;
}

/** A request and its answer. */
interface Exchange {
  readonly request: SeenRequest;
  readonly fault: ArmedFault | undefined;
  readonly answered: PromiseWithResolvers<void>;
}

/**
 * One client's connection and the one to the server behind it. Bytes are passed on as they are; HTTP is read only
 * as far as it takes to tell where a message begins. One request at a time: no pipelining.
 */
export class Link {
  readonly #client: Socket;
  readonly #context: LinkContext;
  readonly #closed = new AbortController();
  #server: Socket | undefined;
  #exchange: Exchange | undefined;
  #ending: Ending | undefined;

  constructor(client: Socket, context: LinkContext) {
    this.#client = tamed(client);
    this.#context = context;
  }

  /** Passes everything on; settles when both connections are closed. */
  async run(): Promise<void> {
    try {
      await this.#passRequests();
      await this.#afterHeldRequest();
      if (this.#ending === undefined) (this.#server ?? this.#client).end();
    } catch (error) {
      if (!this.#client.destroyed) throw error;
      // The client reset the connection, so does the proxy.
      await this.#afterHeldRequest();
      if (this.#ending === undefined) this.#server?.resetAndDestroy();
    }
    await Promise.all([closed(this.#client), closed(this.#server)]);
  }

  /** Ends both connections. */
  end(how: Ending): void {
    this.#ending = how;
    for (const socket of [this.#server, this.#client]) {
      if (how === "fin") socket?.end();
      if (how === "rst") socket?.resetAndDestroy();
    }
  }

  /** Drops both connections and everything that waits. */
  close(): void {
    this.#ending = "rst";
    this.#closed.abort();
    this.#client.destroy();
    this.#server?.destroy();
  }

  async #passRequests(): Promise<void> {
    const reader = new MessageReader(this.#client);
    for (let head = await reader.readHead(); head !== undefined; head = await reader.readHead()) {
      await this.#silence();
      if (this.#ending === undefined) await this.#passRequest(head, reader);
    }
  }

  async #passRequest(head: Buffer, reader: MessageReader): Promise<void> {
    const { method, target, bodyBytes } = parseRequestHead(head);
    const request = toSeenRequest(method, target);
    const exchange = {
      request,
      fault: this.#context.choose(request),
      answered: Promise.withResolvers<void>(),
    };
    this.#exchange = exchange;
    const sender = this.#sender(exchange, "request");
    if (isHeld(exchange)) this.#leaveServer();
    await sender.sendHead(head);
    for await (const bytes of reader.readBody(bodyBytes)) {
      await sender.sendBody(bytes);
      await this.#silence();
    }
  }

  async #passAnswers(server: Socket): Promise<void> {
    const reader = new MessageReader(server);
    const isCurrent = (): boolean => server === this.#server;
    try {
      for (let head = await reader.readHead(); head !== undefined; head = await reader.readHead()) {
        if (isCurrent()) await this.#passAnswer(head, reader);
      }
      if (isCurrent() && this.#ending === undefined) this.#client.end();
    } catch (error) {
      if (!server.destroyed) throw error;
      if (isCurrent() && this.#ending === undefined) this.#client.resetAndDestroy();
    } finally {
      if (isCurrent()) this.#exchange?.answered.resolve();
    }
  }

  async #passAnswer(head: Buffer, reader: MessageReader): Promise<void> {
    const exchange = this.#exchange;
    if (exchange === undefined || statusOf(head) < 200) {
      if (this.#ending === undefined) await write(this.#client, head);
      return;
    }
    exchange.answered.resolve();
    const sender = this.#sender(exchange, "answer");
    await sender.sendHead(head);
    await this.#passAnswerBody(reader, sender, exchange);
  }

  /** Up to the end of the connection, or the answer to another request. */
  async #passAnswerBody(reader: MessageReader, sender: MessageSender, exchange: Exchange): Promise<void> {
    for (let bytes = await reader.read(); bytes !== undefined; bytes = await reader.read()) {
      if (exchange !== this.#exchange) return reader.unread(bytes);
      await sender.sendBody(bytes);
    }
  }

  #sender({ request, fault }: Exchange, side: Side): MessageSender {
    return new MessageSender({
      armed: fault !== undefined && sideOf(fault.fault) === side ? fault : undefined,
      request,
      clock: this.#context.clock,
      signal: this.#closed.signal,
      write: async (bytes) => {
        if (this.#ending === undefined) await write(side === "request" ? this.#dial() : this.#client, bytes);
      },
      end: (how) => this.end(how),
    });
  }

  #dial(): Socket {
    if (this.#server !== undefined) return this.#server;
    const { targetPort: port } = this.#context;
    this.#server = tamed(createConnection({ host: "127.0.0.1", port, allowHalfOpen: true, noDelay: true }));
    void this.#passAnswers(this.#server);
    return this.#server;
  }

  /** What is held for minutes must not meet a connection that the server closes for being idle. */
  #leaveServer(): void {
    this.#server?.destroy();
    this.#server = undefined;
  }

  /** A request that was held is done even if its client is gone. */
  async #afterHeldRequest(): Promise<void> {
    const exchange = this.#exchange;
    if (this.#ending !== undefined || exchange === undefined || !isHeld(exchange)) return;
    await Promise.race([exchange.answered.promise, this.#untilClosed()]);
  }

  /** Whoever sends into the dark is not told by being read from either. */
  async #silence(): Promise<void> {
    if (this.#ending === "silence") await this.#untilClosed();
  }

  async #untilClosed(): Promise<void> {
    const { signal } = this.#closed;
    if (!signal.aborted) await once(signal, "abort");
  }
}

function isHeld({ fault }: Exchange): boolean {
  return fault?.fault.kind === "hold" && sideOf(fault.fault) === "request";
}

/** Its errors are met where it is read from. */
function tamed(socket: Socket): Socket {
  return socket.on("error", () => {});
}

/** Settles when the bytes are on their way, or nobody takes them any more. */
async function write(socket: Socket, bytes: Buffer): Promise<void> {
  if (!socket.writable) return;
  await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
}

async function closed(socket: Socket | undefined): Promise<void> {
  if (socket === undefined || socket.closed) return;
  // Not by once(), which would fail on an error before.
  await new Promise<void>((resolve) => socket.once("close", () => resolve()));
}
