import { EventEmitter, once } from "node:events";
import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";

/** A server of one config that knows ETags, and can be made to answer in any other way. */
export class ConfigServer {
  /** What it gives. */
  text = "";
  /** Names {@link text}; without one, nothing is ever "not modified". */
  etag: string | undefined;
  /** Answers in its place. */
  answer: RequestListener | undefined;
  /** Heads of the requests so far. */
  readonly requests: IncomingMessage[] = [];
  /** Status codes of its own answers so far. */
  readonly statuses: number[] = [];
  readonly #events = new EventEmitter();
  readonly #server;

  /** @param tls makes it a server of https. */
  constructor(tls?: { readonly cert: Buffer; readonly key: Buffer }) {
    const listener: RequestListener = (request, response) => {
      this.requests.push(request);
      this.#events.emit("request");
      if (this.answer !== undefined) return this.answer(request, response);
      const isKnown = this.etag !== undefined && matches(request.headers["if-none-match"], this.etag);
      const status = isKnown ? 304 : 200;
      this.statuses.push(status);
      response.writeHead(status, { ...(this.etag !== undefined && { ETag: this.etag }) });
      response.end(isKnown ? undefined : this.text);
    };
    this.#server = tls === undefined ? createHttpServer(listener) : createHttpsServer(tls, listener);
  }

  /** @param port of an earlier server. @returns its port. */
  async open(port = 0): Promise<number> {
    this.#server.listen(port, "127.0.0.1");
    await once(this.#server, "listening");
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server.close(), "close");
    this.#server.closeAllConnections();
    await closed;
  }

  /** Settles when the next request comes. */
  async request(): Promise<void> {
    await once(this.#events, "request");
  }
}

/** The weak comparison of RFC 9110 section 8.8.3.2, as If-None-Match wants it. */
function matches(header: string | undefined, etag: string): boolean {
  const opaque = (tag: string): string => tag.trim().replace(/^W\//, "");
  return header?.split(",").some((tag) => opaque(tag) === opaque(etag)) ?? false;
}
