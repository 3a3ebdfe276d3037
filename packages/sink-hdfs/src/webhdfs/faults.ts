import { SewerError } from "@sewer/core";
import { hdfsErrors, type HdfsErrorCode } from "../errors.ts";
import { parseRemoteException, type RemoteException } from "./messages.ts";

/** Who answered. */
export type Answerer = "namenode" | "datanode";

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
}

/** Exceptions of a DataNode's own connection to a NameNode. */
const connectionClasses: readonly string[] = [
  "EOFException",
  "SocketException",
  "ConnectException",
  "SocketTimeoutException",
  "UnknownHostException",
  "NoRouteToHostException",
];

interface Rule {
  readonly code: HdfsErrorCode;
  /** Simple class names. */
  readonly classes?: readonly string[];
  readonly message?: RegExp;
  readonly at?: Answerer;
  readonly ops?: readonly string[];
}

/**
 * What Hadoop's exceptions mean, as a real cluster sent them (test/fixtures); the first rule that fits holds. Within a rule
 * class or message decides, never the HTTP status: NameNode and DataNode say 403 to nearly everything,
 * HttpFS 500.
 */
const rules: readonly Rule[] = [
  {
    code: hdfsErrors.path,
    classes: ["PathComponentTooLongException", "InvalidPathException", "ParentNotDirectoryException"],
    // DataNodes and HttpFS send some of these as RemoteException; RENAME onto a directory is an IOException.
    message:
      /maximum path component name limit|Pathname too long|must both be directories|not a valid DFS filename|parameter "destination"/,
  },
  {
    code: hdfsErrors.standby,
    classes: ["StandbyException", "ObserverRetryOnActiveException"],
    message: /is not supported in state (standby|observer)/,
  },
  { code: hdfsErrors.safeMode, classes: ["SafeModeException"], message: /Name node is in safe mode/ },
  {
    code: hdfsErrors.starting,
    classes: ["RetriableException"],
    message: /Namesystem has not been initialized/,
  },
  {
    code: hdfsErrors.permission,
    classes: ["AccessControlException", "AuthorizationException", "SnapshotAccessControlException"],
  },
  {
    code: hdfsErrors.authentication,
    classes: ["SecurityException", "InvalidToken", "AuthenticationException"],
  },
  {
    code: hdfsErrors.quota,
    classes: [
      "NSQuotaExceededException",
      "DSQuotaExceededException",
      "QuotaByStorageTypeExceededException",
      "MaxDirectoryItemsExceededException",
    ],
    message: /directory item limit/,
  },
  {
    code: hdfsErrors.noDataNode,
    message:
      /could only be (written|replicated) to|Failed to find datanode|No active nodes contain this block/,
  },
  {
    code: hdfsErrors.configuration,
    classes: ["IllegalArgumentException", "HadoopIllegalArgumentException", "QueryParamException"],
    message: /less than configured minimum|Requested replication factor/,
  },
  { code: hdfsErrors.unsupported, classes: ["UnsupportedOperationException"] },
  {
    code: hdfsErrors.attemptFailed,
    classes: [
      "NotReplicatedYetException",
      "AlreadyBeingCreatedException",
      "RecoveryInProgressException",
      "LeaseExpiredException",
    ],
    message:
      /Unable to close file|All datanodes .* are bad|Failed to replace a bad datanode|does not have any open files|is under construction|Unexpected BlockUCState/,
  },
  // The DataNode's own connection to a NameNode that was restarted or died.
  {
    code: hdfsErrors.attemptFailed,
    at: "datanode",
    classes: connectionClasses,
  },
  {
    code: hdfsErrors.attemptFailed,
    ops: ["CREATE"],
    classes: ["FileAlreadyExistsException", "FileNotFoundException"],
  },
  { code: hdfsErrors.exists, classes: ["FileAlreadyExistsException"] },
  { code: hdfsErrors.notFound, classes: ["FileNotFoundException"] },
];

/** Codes whose cause is surely the batch's own. */
const batchCodes: ReadonlySet<string> = new Set([hdfsErrors.path]);

const advice: Partial<Record<HdfsErrorCode, string>> = {
  [hdfsErrors.permission]: "check the owner of the directory and the sink's user",
  [hdfsErrors.authentication]: "this sink knows simple authentication only",
  [hdfsErrors.quota]: "raise the quota, or lower blockSize: a whole block times replication is reserved",
  [hdfsErrors.noDataNode]: "check the DataNodes and their free space",
  [hdfsErrors.configuration]: "check the sink's options against the cluster's limits",
  [hdfsErrors.notWebHdfs]: "check the NameNode's address, and dfs.webhdfs.enabled",
};

/** Makes a SewerError of an answer that is no success. Never throws, whatever the body is. */
export function refusalError(refusal: Refusal): SewerError {
  const remote = parseRemoteException(refusal.body);
  const code = remote === undefined ? codeOfStatus(refusal.status) : codeOfException(remote, refusal);
  const said = remote === undefined ? "without a RemoteException" : describe(remote);
  const { at, host, op, path, status } = refusal;
  const who = at === "namenode" ? "NameNode" : "DataNode";
  const hint = advice[code] === undefined ? "" : `; ${advice[code]}`;
  const isBatch = batchCodes.has(code);
  return new SewerError(code, `${who} ${host} answered ${status} to ${op} ${path}: ${said}${hint}`, {
    scope: isBatch ? "batch" : "sink",
    retry: isBatch ? "permanent" : "temporary",
    context: { host, op, status, exception: remote?.exception ?? null },
  });
}

/** True when a DataNode lost its own connection to the NameNode, so that it does not know itself what was done. */
export function isConnectionFault({ context }: SewerError): boolean {
  return connectionClasses.includes(String(context["exception"]));
}

/** Codes of Node and undici for connections that never came to be. */
const unconnectedCodes: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** Makes a SewerError of a request to a NameNode that got no answer. */
export function transportError(cause: unknown, at: { host: string; op: string; path: string }): SewerError {
  const nodeCode = nodeCodeOf(cause);
  const { host, op, path } = at;
  const context = { host, op, nodeCode };
  if (unconnectedCodes.has(nodeCode)) {
    const message = `NameNode ${host} cannot be reached (${nodeCode}); nothing was sent`;
    return new SewerError(hdfsErrors.unreachable, message, { context, cause });
  }
  const message = `NameNode ${host} gave no answer to ${op} ${path} (${nodeCode})`;
  return new SewerError(hdfsErrors.noAnswer, message, { context, cause });
}

/** The `code` of an error, of its cause, or of the first of several; else its name. */
export function nodeCodeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  if ("code" in error && typeof error.code === "string") return error.code;
  if (error instanceof AggregateError && error.errors.length > 0) return nodeCodeOf(error.errors[0]);
  return error.cause instanceof Error ? nodeCodeOf(error.cause) : error.name;
}

function codeOfException(remote: RemoteException, { at, op }: Refusal): HdfsErrorCode {
  // Inner classes come as Outer$Inner; the simple name may be missing where the class name is not.
  const fullName = remote.javaClassName.split(/[.$]/).at(-1) ?? "";
  const fits = (rule: Rule): boolean => {
    if (rule.at !== undefined && rule.at !== at) return false;
    if (rule.ops !== undefined && !rule.ops.includes(op)) return false;
    const isClass = rule.classes?.some((name) => name === remote.exception || name === fullName);
    return isClass === true || rule.message?.test(remote.message) === true;
  };
  return rules.find(fits)?.code ?? hdfsErrors.failed;
}

/** The only meaning that a bare status has. */
function codeOfStatus(status: number): HdfsErrorCode {
  if (status === 401) return hdfsErrors.authentication;
  return status === 404 || status === 400 ? hdfsErrors.notWebHdfs : hdfsErrors.failed;
}

/** Class and first line: the rest is a stack of the server's. */
function describe({ exception, message }: RemoteException): string {
  const line = message.split("\n")[0]?.slice(0, 500) ?? "";
  return line === "" ? exception : `${exception}: ${line}`;
}
