import assert from "node:assert/strict";
import { SewerError } from "@sewer/core";
import { Pool } from "undici";
import { hdfsErrors } from "../errors.ts";
import type { HdfsLimits } from "../options.ts";
import { otherNameNodeCodes } from "./fault-table.ts";
import { refusalError, transportError, type Silence } from "./faults.ts";

/** Longest answer that is read: a page of a listing has a few 100 KiB, a whole one of 100,000 files 30 MiB. */
const answerBytesMax = 64 << 20;

/** RENAME must never wait behind another request, so each has its own connection. */
const connections = 8;

/** An operation of WebHDFS. */
export interface NameNodeOperation {
  readonly method: "GET" | "PUT" | "DELETE";
  readonly op: string;
  readonly path: string;
  readonly parameters?: Readonly<Record<string, string | number | boolean>>;
  /** True when it may be sent again, to another NameNode too, after an answer got lost. */
  readonly isRepeatable: boolean;
}

/** A NameNode's answer. */
export interface NameNodeAnswer {
  /** Who answered. */
  readonly nameNode: URL;
  readonly status: number;
  readonly location: string | undefined;
  readonly body: string;
}

/** What {@link NameNodes} is made of. */
export interface NameNodesOptions {
  /** Origins. */
  readonly namenodes: readonly string[];
  readonly user: string;
  readonly limits: HdfsLimits;
}

/** The NameNodes of one cluster: asks the last one that was good, and the others when it is not. */
export class NameNodes {
  readonly #options: NameNodesOptions;
  readonly #urls: readonly URL[];
  #pools: Pool[] = [];
  /** Index of the one to ask. */
  #current = 0;

  constructor(options: NameNodesOptions) {
    this.#options = options;
    this.#urls = options.namenodes.map((origin) => new URL(origin));
  }

  /** Ends all connections. They are made again when something is asked. */
  async close(): Promise<void> {
    const pools = this.#pools;
    this.#pools = [];
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  /**
   * Asks for an operation. 2xx and 307 are answers, everything else is an error.
   *
   * @param at asks this NameNode only, one of those that answered before.
   * @throws SewerError; the signal's reason.
   */
  async ask(operation: NameNodeOperation, signal: AbortSignal, at?: URL): Promise<NameNodeAnswer> {
    if (at !== undefined) return this.#askOne(this.#urls.indexOf(at), operation, signal);
    let worst: SewerError | undefined;
    for (let left = this.#urls.length; ; left--) {
      const asked = this.#current;
      try {
        return await this.#askOne(asked, operation, signal);
      } catch (error) {
        if (!(error instanceof SewerError) || !otherNameNodeCodes.has(error.code)) throw error;
        // Another request may have moved on already.
        if (this.#current === asked) this.#current = (asked + 1) % this.#urls.length;
        if (error.code === hdfsErrors.noAnswer && !operation.isRepeatable) throw error;
        // That one is standby says nothing where the other is in safe mode.
        worst = worst === undefined || worst.code === hdfsErrors.standby ? error : worst;
        if (left <= 1) throw worst;
      }
    }
  }

  /** The one that is asked next. */
  get current(): URL {
    return this.#url(this.#current);
  }

  /** A page of a NameNode's web server. @throws SewerError; the signal's reason. */
  async page(nameNode: URL, target: string, signal: AbortSignal): Promise<string> {
    const at = { at: "namenode", host: nameNode.host, op: "GET", path: target } as const;
    const { status, body } = await this.#request(nameNode, { method: "GET", target }, at, signal);
    if (status === 200) return body;
    throw refusalError({ ...at, status, body });
  }

  async #askOne(index: number, operation: NameNodeOperation, signal: AbortSignal): Promise<NameNodeAnswer> {
    const nameNode = this.#url(index);
    const { method, op, path } = operation;
    const at = { at: "namenode", host: nameNode.host, op, path } as const;
    const target = requestTarget(operation, this.#options.user);
    const answer = await this.#request(nameNode, { method, target }, at, signal);
    const { status, body } = answer;
    if (status === 307 || (status >= 200 && status < 300)) return answer;
    throw refusalError({ ...at, status, body });
  }

  async #request(
    nameNode: URL,
    { method, target }: { method: NameNodeOperation["method"]; target: string },
    at: Silence,
    signal: AbortSignal,
  ): Promise<NameNodeAnswer> {
    signal.throwIfAborted();
    try {
      const response = await this.#pool(nameNode).request({
        method,
        path: target,
        // The CSRF filter asks for the first; Hadoop takes any value. The second: no body follows.
        headers: { "X-XSRF-HEADER": "sewer", "Content-Length": "0", "User-Agent": "sewer" },
        signal,
      });
      const { location } = response.headers;
      return {
        nameNode,
        status: response.statusCode,
        location: typeof location === "string" ? location : undefined,
        body: await readBody(response.body),
      };
    } catch (error) {
      signal.throwIfAborted();
      throw transportError(error, at);
    }
  }

  #url(index: number): URL {
    const url = this.#urls[index];
    assert(url !== undefined, "a NameNode of this list");
    return url;
  }

  #pool(nameNode: URL): Pool {
    const index = this.#urls.indexOf(nameNode);
    const { nameNodeConnect, nameNodeAnswer } = this.#options.limits;
    return (this.#pools[index] ??= new Pool(nameNode, {
      connections,
      pipelining: 1,
      connect: { timeout: nameNodeConnect },
      headersTimeout: nameNodeAnswer,
      bodyTimeout: nameNodeAnswer,
      // Jetty ends idle connections after 60 s, that of older versions after 10 s.
      keepAliveTimeout: 4000,
      keepAliveMaxTimeout: 4000,
    }));
  }
}

/** Path and query. The query may hold what is secret, so it is in no message. */
function requestTarget({ op, path, parameters }: NameNodeOperation, user: string): string {
  const query = new URLSearchParams({ op, "user.name": user });
  for (const [name, value] of Object.entries(parameters ?? {})) query.set(name, String(value));
  return `/webhdfs/v1${encodePath(path)}?${query.toString()}`;
}

/** A path as it stands in a request's target. */
export function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

/** Always to its end: only then the connection can be used again. */
async function readBody(body: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > answerBytesMax) throw new Error(`an answer of more than ${answerBytesMax} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}
