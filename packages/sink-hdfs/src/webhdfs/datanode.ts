import * as http from "node:http";
import * as https from "node:https";
import { SewerError, type Clock } from "@sewer/core";
import { hdfsErrors } from "../errors.ts";
import type { HdfsLimits } from "../options.ts";
import { isConnectionFault, nodeCodeOf, refusalError } from "./faults.ts";
import type { DataNodeLocation } from "./redirect.ts";

/** Longest answer that is read where no file is expected. */
const answerBytesMax = 1 << 20;

/** How a request to a DataNode is made. */
export interface DataNodeRequest {
  readonly location: DataNodeLocation;
  readonly limits: HdfsLimits;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A request under way, with a limit for each of its phases. */
export class DataNodeExchange {
  isConnected = false;
  /** Set by the server's 100. */
  isContinued = false;
  response: http.IncomingMessage | undefined;
  readonly #options: DataNodeRequest;
  readonly #request: http.ClientRequest;
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
      // Asked first: a destroyed request has room for everything.
      if (this.#failure !== undefined) throw this.#failure;
      if (isTrue()) return;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Sends a piece of the body; settles when there is room for the next. */
  async write(chunk: Uint8Array, stallMs: number): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#request.write(chunk)) return;
    this.limit(stallMs, "took no more bytes");
    await this.until(() => !this.#request.writableNeedDrain || this.response !== undefined);
    this.unlimit();
  }

  /** Sends the end of the body: now the file counts as whole. @throws what ended the request before. */
  end(): void {
    if (this.#failure !== undefined) throw this.#failure;
    this.#request.end();
  }

  /** Ends everything; a body that was not ended stays without an end. */
  close(): void {
    this.#cancelLimit();
    this.#options.signal.removeEventListener("abort", this.#abort);
    this.#request.destroy();
  }

  /** An error of this request, for another attempt. */
  error(what: string, cause?: unknown): SewerError {
    const { url, op, path } = this.#options.location;
    const message = `DataNode ${url.host} ${what} (${op} ${path})`;
    return new SewerError(hdfsErrors.dataNode, message, { context: { host: url.host, op }, cause });
  }

  /** The error that an answer stands for. Reads its body. */
  async refusal(response: http.IncomingMessage): Promise<SewerError> {
    const { location, limits } = this.#options;
    this.limit(limits.stall, "did not end its answer");
    const body = await readText(response).catch(() => "");
    const { op, path, url } = location;
    const status = response.statusCode ?? 0;
    if (status >= 300 && status < 400) return this.error(`answered ${status}, a second redirect`);
    return refusalError({ at: "datanode", host: url.host, op, path, status, body });
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
    if (error instanceof SewerError) return error;
    return this.error(`cannot be reached or broke off: ${nodeCodeOf(error)}`, error);
  }
}

/** A file to send to a DataNode. */
export interface PutFile extends DataNodeRequest {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** For the whole upload. */
  readonly uploadMs: number;
}

/** What became of a file that was sent to its end. */
export type SentFile =
  | { readonly bytes: number; readonly isConfirmed: true }
  /** `doubt` is why there is no answer. */
  | { readonly bytes: number; readonly isConfirmed: false; readonly doubt: SewerError };

/**
 * Sends a file, chunked, with node:http: DataNodes write `100 Continue` whether asked or not, which undici
 * takes for an error. The body begins after the 100, and is ended only when `chunks` ended: in every other
 * case the connection is destroyed. Settles on 201, or when the whole body was sent and no answer came.
 *
 * @throws SewerError; what `chunks` throws; the signal's reason.
 */
export async function putFile(options: PutFile): Promise<SentFile> {
  const { chunks, limits, clock, uploadMs } = options;
  const exchange = new DataNodeExchange(options, "PUT", {
    "Content-Type": "application/octet-stream",
    "Transfer-Encoding": "chunked",
    Expect: "100-continue",
  });
  const cancelTotal = clock.schedule(uploadMs, () => exchange.expire(`took more than ${uploadMs} ms`));
  try {
    await exchange.until(() => exchange.isConnected);
    exchange.limit(limits.dataNodeContinue, "sent no 100 Continue");
    await exchange.until(() => exchange.isContinued || exchange.response !== undefined);
    const bytes = await sendBody(exchange, chunks, limits);
    const doubt = await confirm(exchange, options.signal);
    return doubt === undefined ? { bytes, isConfirmed: true } : { bytes, isConfirmed: false, doubt };
  } finally {
    cancelTotal();
    exchange.close();
  }
}

async function sendBody(
  exchange: DataNodeExchange,
  chunks: AsyncIterable<Uint8Array>,
  limits: HdfsLimits,
): Promise<number> {
  let bytes = 0;
  exchange.unlimit();
  for await (const chunk of chunks) {
    if (exchange.response !== undefined) break;
    await exchange.write(chunk, limits.stall);
    bytes += chunk.length;
  }
  const early = exchange.response;
  if (early === undefined) {
    exchange.end();
    exchange.limit(limits.commit, "did not confirm the file");
    return bytes;
  }
  // Whatever it says: it has not seen the whole file (a malformed chunk gives 201).
  if (early.statusCode !== 201) throw await exchange.refusal(early);
  throw exchange.error("answered 201 before the file was sent");
}

/** Waits for 201. Gives the reason when it is unknown whether the file was closed; throws what speaks against it. */
async function confirm(exchange: DataNodeExchange, signal: AbortSignal): Promise<SewerError | undefined> {
  try {
    await exchange.until(() => exchange.response !== undefined);
  } catch (error) {
    if (signal.aborted || !(error instanceof SewerError)) throw error;
    return error;
  }
  const response = exchange.response as http.IncomingMessage;
  if (response.statusCode === 201) return undefined;
  const refusal = await exchange.refusal(response);
  if (isConnectionFault(refusal)) return refusal;
  throw refusal;
}

/** The bytes of a file on a DataNode, with a limit for each next piece. */
export async function* getFile(options: DataNodeRequest): AsyncGenerator<Buffer, void, undefined> {
  const { limits } = options;
  const exchange = new DataNodeExchange(options, "GET", {});
  try {
    exchange.end();
    await exchange.until(() => exchange.isConnected);
    exchange.limit(limits.stall, "did not answer");
    await exchange.until(() => exchange.response !== undefined);
    const response = exchange.response as http.IncomingMessage;
    if (response.statusCode !== 200) throw await exchange.refusal(response);
    exchange.limit(limits.stall, "sent no more bytes");
    try {
      for await (const chunk of response) {
        exchange.unlimit();
        yield chunk as Buffer;
        exchange.limit(limits.stall, "sent no more bytes");
      }
    } catch (error) {
      options.signal.throwIfAborted();
      throw exchange.error("broke off its answer", error);
    }
  } finally {
    exchange.close();
  }
}

/** A short answer of a DataNode, as text. */
export async function getText(options: DataNodeRequest): Promise<string> {
  return readText(getFile(options));
}

async function readText(chunks: AsyncIterable<Buffer>): Promise<string> {
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
  { url, target, lookup, op, path }: DataNodeLocation,
  method: string,
  headers: http.OutgoingHttpHeaders,
): http.ClientRequest {
  const { request } = url.protocol === "https:" ? https : http;
  try {
    return request({
      protocol: url.protocol,
      hostname: url.hostname.replace(/^\[|\]$/g, ""),
      port: url.port,
      path: target,
      method,
      headers,
      lookup,
      agent: false,
    });
  } catch (cause) {
    // node:http refuses bytes in the target that would break the request's head.
    const message = `the redirect to DataNode ${url.host} for ${op} ${path} cannot be followed`;
    throw new SewerError(hdfsErrors.redirect, message, { cause });
  }
}
