import * as http from "node:http";
import * as https from "node:https";
import { checkServerIdentity } from "node:tls";
import { SewerError, type Clock } from "@sewer/core";
import type { HdfsLimits } from "../options.ts";
import { classify } from "./fault-table.ts";
import { errorOf, refusalError, transportError } from "./faults.ts";
import { refusedRedirect, type DataNodeLocation } from "./redirect.ts";

/** Longest answer that is read where no file is expected. */
const answerBytesMax = 1 << 20;

/** How a request to a DataNode is made. */
export interface DataNodeRequest {
  readonly location: DataNodeLocation;
  readonly limits: HdfsLimits;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * A request to a DataNode under way, with a limit for each of its phases. By node:http: DataNodes write
 * `100 Continue` whether asked or not, which undici takes for an error.
 */
export class DataNodeExchange {
  isConnected = false;
  /** Set by the server's 100. */
  isContinued = false;
  response: http.IncomingMessage | undefined;
  readonly #options: DataNodeRequest;
  readonly #request: http.ClientRequest;
  #isEnded = false;
  #failure: unknown;
  #wake: () => void = () => {};
  #cancelLimit: () => void = () => {};
  readonly #abort = (): void => {
    this.#fail(this.#options.signal.reason);
  };

  /** Connects and sends the head. @throws SewerError `SEWER_HDFS_REDIRECT` for a target that HTTP cannot hold. */
  constructor(options: DataNodeRequest, method: "GET" | "PUT", headers: http.OutgoingHttpHeaders) {
    this.#options = options;
    options.signal.throwIfAborted();
    const { location, limits, signal } = options;
    this.#request = createRequest(location, method, headers);
    this.#request.setNoDelay(true);
    this.#request.on("continue", () => {
      this.isContinued = true;
      this.#wake();
    });
    this.#request.on("response", (response) => {
      // An answer that breaks off is noticed by whoever reads it.
      response.on("error", () => {});
      this.response = response;
      this.#wake();
    });
    this.#request.on("drain", () => this.#wake());
    // Once there is an answer, it tells by itself whether it is whole; it may lie here unread.
    this.#request.on("error", (error) => {
      if (this.response === undefined) this.#fail(error);
    });
    this.#request.on("close", () => {
      if (this.response === undefined) this.#fail(new Error("the connection was closed"));
    });
    this.#request.on("socket", (socket) => {
      socket.once(location.url.protocol === "https:" ? "secureConnect" : "connect", () => {
        this.isConnected = true;
        this.#wake();
      });
    });
    signal.addEventListener("abort", this.#abort);
    this.limit(limits.dataNodeConnect, "could not be connected");
    this.#request.flushHeaders();
  }

  /** From now on, `ms` may pass until the next call of this or of {@link unlimit}; then the request ends. */
  limit(ms: number, what: string): void {
    this.#cancelLimit();
    this.#cancelLimit = this.#options.clock.schedule(ms, () => this.expire(`${what} within ${ms} ms`));
  }

  /** It is not the server that is waited for now. */
  unlimit(): void {
    this.#cancelLimit();
  }

  /** Ends the request because it took too long. */
  expire(what: string): void {
    this.#fail(this.error(what));
  }

  /** Waits for `isTrue`, which is asked after every event. @throws what ended the request. */
  async until(isTrue: () => boolean): Promise<void> {
    for (;;) {
      this.#throwIfFailed();
      if (isTrue()) return;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Waits for the head of the answer. @throws what ended the request. */
  async answer(): Promise<http.IncomingMessage> {
    await this.until(() => this.response !== undefined);
    return this.response as http.IncomingMessage;
  }

  /** Sends a piece of the body; settles when there is room for the next. */
  async write(chunk: Uint8Array, stallMs: number): Promise<void> {
    this.#throwIfFailed();
    if (this.#request.write(chunk)) return;
    this.limit(stallMs, "took no more bytes");
    await this.until(() => !this.#request.writableNeedDrain || this.response !== undefined);
    this.unlimit();
  }

  /** Sends the end of the body: now the file counts as whole. @throws what ended the request before. */
  end(): void {
    this.#throwIfFailed();
    this.#request.end();
    this.#isEnded = true;
  }

  /** Ends everything; a body that was not ended stays without an end. */
  close(): void {
    this.#cancelLimit();
    this.#options.signal.removeEventListener("abort", this.#abort);
    this.#request.destroy();
  }

  /** An error of this request: the DataNode did not do what it should. */
  error(what: string, cause?: unknown): SewerError {
    const { url, op, path } = this.#options.location;
    const verdict = classify({ ...this.#fault, nodeCode: "none", isUnconnected: !this.isConnected });
    return errorOf(verdict, `DataNode ${url.host} ${what} (${op} ${path})`, { host: url.host, op }, cause);
  }

  /** The error that an answer stands for. Reads its body. */
  async refusal(response: http.IncomingMessage): Promise<SewerError> {
    this.limit(this.#options.limits.stall, "did not end its answer");
    const body = await readText(response).catch(() => "");
    this.#options.signal.throwIfAborted();
    const status = response.statusCode ?? 0;
    if (status >= 300 && status < 400) return this.error(`answered ${status}, a second redirect`);
    return refusalError({ ...this.#fault, status, body });
  }

  get #fault() {
    const { op, path, url } = this.#options.location;
    const isBodySent = op === "CREATE" && this.#isEnded;
    return { at: "datanode" as const, host: url.host, op, path, isBodySent };
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  #fail(error: unknown): void {
    // The first cause is the cause; what destroying the socket brings is not.
    this.#failure ??= this.#toFailure(error);
    this.#request.destroy();
    this.response?.destroy();
    this.#wake();
  }

  #toFailure(error: unknown): unknown {
    const { signal } = this.#options;
    if (signal.aborted) return signal.reason;
    // Of this class itself, or of the lookup that guards the address.
    return error instanceof SewerError ? error : transportError(error, this.#fault);
  }
}

/** A short answer as text, at most {@link answerBytesMax} of it. */
export async function readText(chunks: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > answerBytesMax) break;
    pieces.push(chunk);
  }
  return Buffer.concat(pieces).toString("utf8");
}

function createRequest(
  { url, target, dial, lookup, op, path }: DataNodeLocation,
  method: string,
  headers: http.OutgoingHttpHeaders,
): http.ClientRequest {
  const { request } = url.protocol === "https:" ? https : http;
  const name = url.hostname.replace(/^\[|\]$/g, "");
  try {
    return request({
      protocol: url.protocol,
      hostname: dial.host,
      port: dial.port,
      path: target,
      method,
      // Wherever it is dialled, it is spoken to, and has to prove itself, by the name that HDFS gave it. The
      // TLS server name comes from the Host field.
      headers: { ...headers, Host: url.host },
      checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
      lookup,
      agent: false,
    });
  } catch (cause) {
    // node:http refuses bytes in the target that would break the request's head.
    const message = `the redirect to DataNode ${url.host} for ${op} ${path} cannot be followed`;
    throw refusedRedirect(message, { host: url.host, op }, cause);
  }
}
