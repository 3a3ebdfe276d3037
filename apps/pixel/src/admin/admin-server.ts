import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { SewerError, type Logger } from "@sewer/core";
import { healthText, type HealthCheck } from "@sewer/source-http";
import { pixelErrors } from "../errors.ts";
import { metricsContentType, type MetricsRegistry } from "../metrics.ts";
import type { ReloadReport } from "../runtime/reloader.ts";
import { isAllowedHost, isHostOfOwner, type HostPolicy } from "./allowed-host.ts";
import { isFromOwner, mayBeFromBrowser } from "./from-browser.ts";
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
  /** What has to be well for events to be taken, over all flows. */
  readonly readiness: () => readonly HealthCheck[] | Promise<readonly HealthCheck[]>;
  /** Does what the body of a POST of `/retry` asks for; undefined when that cannot be understood. */
  readonly retry: (body: string) => Promise<object | undefined>;
  /** Takes the config anew; with `isDry` only says what that would change. */
  readonly reload: (isDry: boolean) => Promise<ReloadReport>;
  /** Begins a clean stop. @default SIGTERM to this process, so that both ways are one */
  readonly stop?: () => void;
  readonly logger: Logger;
}

/** What a POST of `/stop` is answered with. */
export interface StopReport {
  /** Of this form. */
  readonly v: 1;
  /** The process that stops. */
  readonly pids: readonly number[];
}

const changePaths = ["/retry", "/reload", "/stop"] as const;

type ChangePath = (typeof changePaths)[number];

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/**
 * The port for operators: `/jolokia`, `/metrics`, `/status`, `/livez`, `/readyz`, `/retry`, `/reload`, `/stop`. Small and slow on purpose: few connections,
 * short timeouts, bounded bodies, so that nothing here can hurt the pixel port.
 */
export class AdminServer {
  readonly #options: AdminServerOptions;
  readonly #policy: HostPolicy;
  readonly #server: Server;
  #isStopping = false;

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
    const [path = "", rest = ""] = url.split(/\?(.*)/s);
    const query = new URLSearchParams(rest);
    if (method !== "GET" && method !== "HEAD" && method !== "POST") return text(405, "GET, HEAD or POST");
    if (path === "/jolokia" || path.startsWith("/jolokia/")) {
      return this.#jolokia(request, path.slice("/jolokia".length), query);
    }
    if (isChange(path)) return this.#change(request, path, query);
    if (method === "POST") return text(404, "only /jolokia, /retry, /reload and /stop take a POST");
    switch (path) {
      case "/metrics":
        return { status: 200, contentType: metricsContentType, body: await this.#options.metrics.text() };
      case "/status":
        return { status: 200, contentType: "application/json", body: await this.#options.status() };
      case "/livez":
        return text(200, "ok");
      case "/readyz":
      case "/healthz":
        return this.#ready(query.has("verbose"));
      default:
        return text(404, "there are /jolokia, /metrics, /status, /livez, /readyz, /retry, /reload and /stop");
    }
  }

  async #ready(isVerbose: boolean): Promise<Answer> {
    const checks = await this.#options.readiness();
    const status = checks.every(({ failure }) => failure === undefined) ? 200 : 503;
    if (isVerbose) return text(status, healthText(checks));
    return text(status, status === 200 ? "ok" : "not ready; ?verbose tells why");
  }

  /** What changes something needs a header that no form of another site can send, and a Host of the owner's. */
  async #change(request: IncomingMessage, path: ChangePath, query: URLSearchParams): Promise<Answer> {
    if (request.method !== "POST") return text(405, "POST it");
    if (!isFromOwner(request.headers)) return text(403, "the header X-Sewer-Admin: 1 is missing");
    if (!isHostOfOwner(request.headers.host, this.#policy)) return text(403, "ask over loopback");
    const body = await readBody(request);
    if (body === undefined) return text(413, "the body is too long");
    if (path === "/stop") return json(this.#stop());
    if (path === "/reload") return json(await this.#options.reload(query.has("dry")));
    const report = await this.#options.retry(body);
    return report === undefined ? text(400, 'nothing, or {"sink":NAME,"batchIds":[ID]}') : json(report);
  }

  /** Once: a second SIGTERM would cut the stop short. */
  #stop(): StopReport {
    const { logger, stop = () => void process.kill(process.pid, "SIGTERM") } = this.#options;
    if (!this.#isStopping) {
      this.#isStopping = true;
      logger.info({}, "asked to stop");
      stop();
    }
    return { v: 1, pids: [process.pid] };
  }

  async #jolokia(request: IncomingMessage, path: string, query: URLSearchParams): Promise<Answer> {
    const { jolokia } = this.#options;
    const { headers } = request;
    const mayExec =
      isHostOfOwner(headers.host, this.#policy) && (isFromOwner(headers) || !mayBeFromBrowser(headers));
    const call = { query, mayExec };
    if (request.method !== "POST") return json(await jolokia.get(path, call));
    const body = await readBody(request);
    return body === undefined ? text(413, "the body is too long") : json(await jolokia.post(body, call));
  }
}

function isChange(path: string): path is ChangePath {
  return (changePaths as readonly string[]).includes(path);
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
