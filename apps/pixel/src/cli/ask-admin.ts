import { isIP } from "node:net";
import type { Config } from "../config/config.ts";
import { exitCodes } from "../exit-codes.ts";
import { CommandFailure } from "./command-failure.ts";

/** A server that is well answers in milliseconds; one that looks through a slow disk may take some time. */
const answerWithinMs = 15_000;

/** A question to the admin port. */
export interface AdminQuestion {
  readonly path: string;
  /** The member of the answer that is a list: by it and by `v` an answer of sewer is known. */
  readonly list: string;
  /** Makes it a POST, with the header that says that no web page sent it. */
  readonly body?: string;
  /** How long the answer may take, in milliseconds. @default 15,000 */
  readonly withinMs?: number;
}

/** What the admin port says: as it came, and read. */
export interface AdminAnswer<Report> {
  readonly text: string;
  readonly report: Report;
}

/**
 * Asks the admin port of the server that runs a config.
 *
 * @throws CommandFailure when there is no answer; it tells why.
 */
export async function askAdmin<Report>(
  admin: Config["admin"],
  { path, list, body, withinMs = answerWithinMs }: AdminQuestion,
): Promise<AdminAnswer<Report>> {
  if (admin === false) throw unreachable("the config turns its admin port off (admin: false)");
  if (admin.port === 0) {
    throw unreachable("admin.port is 0, so its port is another at every start; give it a fixed one");
  }
  const url = adminUrl(admin, path);
  const { status, isOk, text } = await exchange(url, { body, withinMs });
  const report = isOk ? reportIn(text, list) : undefined;
  if (report === undefined) throw unreachable(`${url} is no answer of sewer (HTTP ${status})`);
  return { text, report: report as Report };
}

async function exchange(
  url: string,
  { body, withinMs }: { readonly body: string | undefined; readonly withinMs: number },
): Promise<{ readonly status: number; readonly isOk: boolean; readonly text: string }> {
  try {
    const response = await fetch(url, {
      signal: AbortSignal.timeout(withinMs),
      redirect: "error",
      ...(body !== undefined && { method: "POST", body, headers: { "X-Sewer-Admin": "1" } }),
    });
    return { status: response.status, isOk: response.ok, text: await response.text() };
  } catch (error) {
    throw unreachable(`${url}: ${reasonOf(error, withinMs)}; is it running with this config?`);
  }
}

function unreachable(reason: string): CommandFailure {
  return new CommandFailure(exitCodes.io, [`sewer: the server cannot be reached: ${reason}`]);
}

/** True when nothing listens on the admin port any more; one that does not answer in time still does. */
export async function isAdminClosed(admin: Config["admin"]): Promise<boolean> {
  if (admin === false) return true;
  try {
    const response = await fetch(adminUrl(admin, "/livez"), { signal: AbortSignal.timeout(answerWithinMs) });
    await response.text();
    return false;
  } catch (error) {
    return isRefused(error);
  }
}

type AdminAddress = Exclude<Config["admin"], false>;

function adminUrl({ host: bound, port }: AdminAddress, path: string): string {
  const host = reachable(bound);
  return `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}${path}`;
}

function isRefused(error: unknown): boolean {
  return (
    error instanceof Error && (error.cause as NodeJS.ErrnoException | undefined)?.code === "ECONNREFUSED"
  );
}

function reportIn(text: string, list: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const report = JSON.parse(text) as Readonly<Record<string, unknown>> | null;
    return report?.["v"] === 1 && Array.isArray(report[list]) ? report : undefined;
  } catch {
    return undefined;
  }
}

/** Where a port that is bound to every address is reached from this machine. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}

function reasonOf(error: unknown, withinMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer within ${withinMs / 1000} s`;
  if (isRefused(error)) return "nothing listens there";
  return (error.cause as Error | undefined)?.message || error.message;
}
