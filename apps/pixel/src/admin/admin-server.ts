import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { SewerError, type Logger } from "@sewer/core";
import { pixelErrors } from "../errors.ts";
import { metricsContentType, type MetricsRegistry } from "../metrics.ts";
import { isAllowedHost, type HostPolicy } from "./allowed-host.ts";
import type { Jolokia } from "./jolokia.ts";

/** The longest body that is read, in bytes. */
const bodyBytesMax = 1024 * 1024;

/** What an {@link AdminServer} needs. */
export interface AdminServerOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** This machine's full name. */
  readonly hostname: string;
  readonly jolokia: Jolokia;
  readonly metrics: MetricsRegistry;
  /** The JSON of `/status`. */
  readonly status: () => Promise<string>;
  /** Does what the body of a POST of `/retry` asks for; undefined when that cannot be understood. */
  readonly retry: (body: string) => object | undefined;
  readonly logger: Logger;
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/**
 * The port for operators: `/jolokia`, `/metrics`, `/status`, `/livez`, `/retry`. Small and slow on purpose: few connections,
 * short timeouts, bounded bodies, so that nothing here can hurt the pixel port.
 */
export class AdminServer {
  readonly #options: AdminServerOptions;
  readonly #policy: HostPolicy;
  readonly #server: Server;

  constructor(options: AdminServerOptions) {
    this.#options = options;
    this.#policy = { boundHost: options.host, hostname: options.hostname };
    this.#server = createServer({ headersTimeout: 10_000, requestTimeout: 10_000, keepAliveTimeout: 5000 });
    this.#server.maxConnections = 64;
    this.#server.on("request", (request, response) => void this.#handle(request, response));
  }

  /**
   * Binds the port.
   *
   * @returns the URL.
   * @throws SewerError `SEWER_ADMIN_LISTEN`.
   */
  async open(): Promise<string> {
    const { host, port } = this.#options;
    const server = this.#server;
    await new Promise<void>((resolve, reject) => {
      const onError = (cause: NodeJS.ErrnoException): void => reject(listenError(host, port, cause));
      server.once("error", onError);
      server.listen(port, host, () => {
        server.off("error", onError);
        resolve();
      });
    });
    server.on("error", (error) => this.#options.logger.warn({ error }, "admin port"));
    const address = server.address();
    const bound = typeof address === "object" && address !== null ? address.port : port;
    return `http://${host.includes(":") ? `[${host}]` : host}:${bound}`;
  }

  /** Closes the port and every connection. Idempotent. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let answer: Answer;
    try {
      answer = await this.#answer(request);
    } catch (error) {
      this.#options.logger.error({ error }, "admin port: a request failed");
      answer = text(500, "internal error, see the log");
    }
    const body = Buffer.from(answer.body, "utf8");
    response.writeHead(answer.status, {
      "Content-Type": answer.contentType,
      "Content-Length": body.length,
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
      ...(answer.status === 405 ? { Allow: "GET, HEAD, POST" } : {}),
      // What is left of a body that was not read must not be taken for the next request.
      ...(request.complete ? {} : { Connection: "close" }),
    });
    response.end(request.method === "HEAD" ? undefined : body);
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    if (!isAllowedHost(request.headers.host, this.#policy)) return text(403, "this is not your host");
    const { method = "", url = "" } = request;
    const [path = "", query = ""] = url.split(/\?(.*)/s);
    if (method !== "GET" && method !== "HEAD" && method !== "POST") return text(405, "GET, HEAD or POST");
    if (path === "/jolokia" || path.startsWith("/jolokia/")) {
      return this.#jolokia(request, path.slice("/jolokia".length), new URLSearchParams(query));
    }
    if (path === "/retry") return this.#retry(request);
    if (method === "POST") return text(404, "only /jolokia and /retry take a POST");
    switch (path) {
      case "/metrics":
        return { status: 200, contentType: metricsContentType, body: await this.#options.metrics.text() };
      case "/status":
        return { status: 200, contentType: "application/json", body: await this.#options.status() };
      case "/livez":
        return text(200, "ok");
      default:
        return text(404, "there are /jolokia, /metrics, /status, /livez and /retry");
    }
  }

  /** A page of another site can have a browser POST here, but only with headers that need no CORS preflight. */
  async #retry(request: IncomingMessage): Promise<Answer> {
    if (request.method !== "POST") return text(405, "POST it");
    if (request.headers["x-sewer-admin"] !== "1") return text(403, "the header X-Sewer-Admin: 1 is missing");
    const body = await readBody(request);
    if (body === undefined) return text(413, "the body is too long");
    const report = this.#options.retry(body);
    return report === undefined ? text(400, 'nothing, or {"sink":NAME,"batchIds":[ID]}') : json(report);
  }

  async #jolokia(request: IncomingMessage, path: string, query: URLSearchParams): Promise<Answer> {
    const { jolokia } = this.#options;
    if (request.method !== "POST") return json(jolokia.get(path, query));
    const body = await readBody(request);
    return body === undefined ? text(413, "the body is too long") : json(jolokia.post(body, query));
  }
}

function text(status: number, body: string): Answer {
  return { status, contentType: "text/plain; charset=utf-8", body: `${body}\n` };
}

function json(value: unknown): Answer {
  return { status: 200, contentType: "application/json", body: JSON.stringify(value) };
}

/** @returns undefined when it is longer than {@link bodyBytesMax}, or the client went away. */
function readBody(request: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= bodyBytesMax) {
        chunks.push(chunk);
      } else {
        // Paused, not destroyed: the answer still has to go out on this connection.
        request.pause();
        resolve(undefined);
      }
    });
    request.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    request.on("close", () => resolve(undefined));
  });
}

function listenError(host: string, port: number, cause: NodeJS.ErrnoException): SewerError {
  const why = cause.code === "EADDRINUSE" ? "it is in use" : cause.message;
  const message = `cannot listen on the admin port ${host}:${port}: ${why}; set admin.port, or admin: false`;
  return new SewerError(pixelErrors.adminListen, message, { retry: "permanent", cause });
}
