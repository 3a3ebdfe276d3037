import { SewerError } from "@sewer/core";
import { classify, type Answerer, type Verdict } from "./fault-table.ts";
import { parseRemoteException, type RemoteException } from "./messages.ts";

/** How long a blocked sink waits: somebody has to come and act. */
const blockedRetryMs = 60_000;

/** An answer that is no success. */
export interface Refusal {
  readonly at: Answerer;
  /** `host:port`. */
  readonly host: string;
  /** `CREATE`, `RENAME` ... */
  readonly op: string;
  readonly path: string;
  readonly status: number;
  readonly body: string;
  /** The whole body of an upload had been sent. */
  readonly isBodySent?: boolean;
}

/** A request that got no answer. */
export interface Silence {
  readonly at: Answerer;
  readonly host: string;
  readonly op: string;
  readonly path: string;
  readonly isBodySent?: boolean;
}

/** Makes a SewerError of an answer that is no success. Never throws, whatever the body is. */
export function refusalError(refusal: Refusal): SewerError {
  const { at, host, op, path, status, body, isBodySent = false } = refusal;
  const remote = parseRemoteException(body);
  const what =
    remote === undefined
      ? { status, message: body }
      : { classes: simpleNames(remote), message: remote.message };
  const verdict = classify({ at, op, isBodySent, ...what });
  const said = remote === undefined ? "without a RemoteException" : describe(remote);
  const message = `${nameOf(at)} ${host} answered ${status} to ${op} ${path}: ${said}`;
  return errorOf(verdict, message, { host, op, status, exception: remote?.exception.slice(0, 100) ?? null });
}

/** Makes a SewerError of a request that got no answer. */
export function transportError(
  cause: unknown,
  { at, host, op, path, isBodySent = false }: Silence,
): SewerError {
  const { nodeCode, isUnconnected } = nodeErrorOf(cause);
  const verdict = classify({ at, op, nodeCode, isUnconnected, isBodySent });
  const message = isUnconnected
    ? `${nameOf(at)} ${host} cannot be reached (${nodeCode}); nothing was sent`
    : `${nameOf(at)} ${host} gave no answer to ${op} ${path} (${nodeCode})`;
  return errorOf(verdict, message, { host, op, nodeCode }, cause);
}

/** Makes a SewerError of a verdict; what to do is added to the message. */
export function errorOf(
  { rule, code, action, scope, retry, advice }: Verdict,
  message: string,
  context: SewerError["context"],
  cause?: unknown,
): SewerError {
  const wait = action === "blocked" ? { retryAfterMs: blockedRetryMs } : {};
  const all = { ...context, rule, action, ...wait };
  const whole = advice === undefined ? message : `${message}; ${advice}`;
  return new SewerError(code, whole, {
    scope,
    retry,
    context: all,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Of resolving a name and of making a connection; and undici's for the latter. */
const unconnectedCodes =
  /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|EMFILE|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT)$|^ERR_TLS_|CERT|^UNABLE_TO_/;

/** The `code` of an error, of its cause, or of the first of several, else its name; and whether it is from connecting. */
export function nodeErrorOf(error: unknown): { nodeCode: string; isUnconnected: boolean } {
  if (!(error instanceof Error)) return { nodeCode: "unknown", isUnconnected: false };
  // Of the addresses of one name, each tried.
  if (error instanceof AggregateError && error.errors.length > 0) return nodeErrorOf(error.errors[0]);
  if ("code" in error && typeof error.code === "string") {
    // EHOSTUNREACH and ETIMEDOUT can end a connection that was made, too: the system call tells.
    const isConnect = "syscall" in error && error.syscall === "connect";
    return { nodeCode: error.code, isUnconnected: isConnect || unconnectedCodes.test(error.code) };
  }
  return error.cause instanceof Error
    ? nodeErrorOf(error.cause)
    : { nodeCode: error.name, isUnconnected: false };
}

function nameOf(at: Answerer): string {
  return at === "namenode" ? "NameNode" : "DataNode";
}

/** Inner classes come as Outer$Inner; the simple name may be missing where the class name is not. */
function simpleNames({ exception, javaClassName }: RemoteException): readonly string[] {
  return [exception, javaClassName.split(/[.$]/).at(-1) ?? ""];
}

/** Class and first line: the rest is a stack of the server's. A URL in it loses its query, which may hold a token. */
function describe({ exception, message }: RemoteException): string {
  const name = exception.split("\n")[0]?.slice(0, 100) ?? "";
  const line = (message.split("\n")[0] ?? "").replace(/\?\S*=\S*/g, "?...").slice(0, 500);
  return line === "" ? name : `${name}: ${line}`;
}
