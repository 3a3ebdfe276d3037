import { isIP } from "node:net";
import type { Config } from "../config/config.ts";

/** A server that is well answers in milliseconds; one that looks through a slow disk may take some time. */
const answerWithinMs = 15_000;

/**
 * Asks the admin port of the server that runs a config.
 *
 * @param body makes it a POST, with the header that says that no web page sent it.
 * @returns the answer as `read` understands it, undefined being none; a text says why there is none.
 */
export async function askAdmin<Answer extends object>(
  admin: Config["admin"],
  path: string,
  read: (text: string) => Answer | undefined,
  body?: string,
): Promise<Answer | string> {
  if (admin === false) return "the config turns its admin port off (admin: false)";
  if (admin.port === 0) return "admin.port is 0, so its port is another at every start; give it a fixed one";
  const host = reachable(admin.host);
  const url = `http://${isIP(host) === 6 ? `[${host}]` : host}:${admin.port}${path}`;
  try {
    const response = await fetch(url, {
      signal: AbortSignal.timeout(answerWithinMs),
      redirect: "error",
      ...(body !== undefined && { method: "POST", body, headers: { "X-Sewer-Admin": "1" } }),
    });
    const text = await response.text();
    return (response.ok ? read(text) : undefined) ?? `${url} is no answer of sewer (HTTP ${response.status})`;
  } catch (error) {
    return `${url}: ${reasonOf(error)}; is it running with this config?`;
  }
}

/** Where a port that is bound to every address is reached from this machine. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer within ${answerWithinMs / 1000} s`;
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  if (cause?.code === "ECONNREFUSED") return "nothing listens there";
  return cause?.message || error.message;
}
