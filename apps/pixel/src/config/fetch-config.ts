import { unescape } from "node:querystring";
import { SewerError, systemClock, type Clock } from "@sewer/core";
import { EnvHttpProxyAgent, type Dispatcher } from "undici";
import { pixelErrors } from "../errors.ts";
import { shownUrl } from "./config-url.ts";
import type { Environment } from "./interpolate.ts";
import { configBytesMax } from "./parse-config.ts";

/** How long a server may take, from the first byte to the last. */
const answerWithinMs = 10_000;

/** What a server gave under a URL at one time. */
export interface ConfigVersion {
  readonly text: string;
  /** The name that the server gave this version (RFC 9110 section 8.8.3), if it gave any. */
  readonly etag: string | undefined;
}

/** How {@link fetchConfig} asks. */
export interface FetchOptions {
  /** Names the proxy for https: `HTTPS_PROXY`, `NO_PROXY`, or the same in lower case. */
  readonly env: Environment;
  /** @default the machine's */
  readonly clock?: Clock;
  /** Ends the request. */
  readonly signal?: AbortSignal;
}

/**
 * Asks a server for a config, once, over a connection of its own. Redirects are not followed.
 *
 * @param known is not sent again when the server says that it still holds (RFC 9110 section 13.1.2).
 * @returns `known` itself when it still holds.
 * @throws SewerError `SEWER_CONFIG_SERVER` when there is no answer within 10 s or a bad one,
 * `SEWER_CONFIG_UNREADABLE` when the server says no or the config is longer than 1 MiB; the signal's reason.
 */
export async function fetchConfig(
  url: URL,
  { env, clock = systemClock, signal }: FetchOptions,
  known?: ConfigVersion,
): Promise<ConfigVersion> {
  const limit = new AbortController();
  const late = new Error(`no whole answer within ${answerWithinMs / 1000} s`);
  const cancelLimit = clock.schedule(answerWithinMs, () => limit.abort(late));
  let agent: Dispatcher | undefined;
  try {
    agent = createAgent(env);
    const response = await agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: "GET",
      headers: headersFor(url, known),
      signal: signal === undefined ? limit.signal : AbortSignal.any([signal, limit.signal]),
    });
    const { statusCode: status, headers } = response;
    if (status === 304 && known?.etag !== undefined) return known;
    if (status !== 200) throw refusal(url, status);
    // An answer whose only end is that of the connection looks whole wherever it is cut off.
    if (headers["content-length"] === undefined && headers["transfer-encoding"] === undefined) {
      throw new Error("the server does not say how long its answer is");
    }
    return { text: await response.body.text(), etag: etagOf(headers["etag"]) };
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof SewerError ? error : failure(url, error);
  } finally {
    cancelLimit();
    await agent?.destroy();
  }
}

function createAgent(env: Environment): Dispatcher {
  return new EnvHttpProxyAgent({
    // A URL of plain HTTP is one of this machine.
    httpProxy: "",
    httpsProxy: env["https_proxy"] ?? env["HTTPS_PROXY"] ?? "",
    noProxy: env["no_proxy"] ?? env["NO_PROXY"] ?? "",
    allowH2: false,
    maxResponseSize: configBytesMax,
  });
}

function headersFor({ username, password }: URL, known: ConfigVersion | undefined): Record<string, string> {
  const credentials = `${unescape(username)}:${unescape(password)}`;
  return {
    "User-Agent": "sewer",
    Accept: "application/yaml, */*;q=0.5",
    ...(known?.etag !== undefined && { "If-None-Match": known.etag }),
    ...(credentials !== ":" && { Authorization: `Basic ${Buffer.from(credentials).toString("base64")}` }),
  };
}

/** Only what can be sent back byte by byte. */
function etagOf(header: string | string[] | undefined): string | undefined {
  return typeof header === "string" && /^(?:W\/)?"[\x21\x23-\x7e]*"$/.test(header) ? header : undefined;
}

function refusal(url: URL, status: number): SewerError {
  const message = `${shownUrl(url)} cannot be read: its server answers ${status}`;
  if (status >= 500 || status === 408 || status === 429) {
    return new SewerError(pixelErrors.configServer, message);
  }
  const isRedirect = status >= 300 && status < 400;
  const advice = isRedirect ? "; redirects are not followed, name the address that it leads to" : "";
  return new SewerError(pixelErrors.configUnreadable, message + advice, { retry: "permanent" });
}

function failure(url: URL, cause: unknown): SewerError {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE") {
    const text = `${shownUrl(url)} cannot be read: it is longer than ${configBytesMax} bytes`;
    return new SewerError(pixelErrors.configUnreadable, text, { retry: "permanent", cause });
  }
  // Several addresses that failed come as one error without a message; some of OpenSSL's have several lines.
  const reason = (message || code || "no answer").replaceAll(/\s+/g, " ").trim();
  return new SewerError(pixelErrors.configServer, `${shownUrl(url)} cannot be read: ${reason}`, { cause });
}
