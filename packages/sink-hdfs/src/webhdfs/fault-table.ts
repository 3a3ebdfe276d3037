import type { ErrorRetry, ErrorScope } from "@sewer/core";
import { hdfsErrors, type HdfsErrorCode } from "../errors.ts";

/**
 * What a fault asks for.
 *
 * - `retry`: the same again, later.
 * - `otherNameNode`: another NameNode at once; when none does it, later.
 * - `newAttempt`: another temporary file through another DataNode, at once.
 * - `blocked`: an operator has to act; the sink tries again each minute, and the spool keeps everything.
 * - `quarantine`: this batch can never be written as it is.
 * - `unknown`: it may have been done; look before anything else.
 */
export type FaultAction = "retry" | "otherNameNode" | "newAttempt" | "blocked" | "quarantine" | "unknown";

/** Who answered, or should have. */
export type Answerer = "namenode" | "datanode";

/** What is known of a fault. */
export interface Fault {
  readonly at: Answerer;
  /** `CREATE`, `RENAME` ... */
  readonly op: string;
  /** The whole body of an upload had been sent. */
  readonly isBodySent?: boolean;
  /** Names of a RemoteException's class, simple: as sent, and the end of the full name. */
  readonly classes?: readonly string[];
  /** A RemoteException's message, or a body that is none. */
  readonly message?: string;
  /** Of an answer without a RemoteException. */
  readonly status?: number;
  /** Of an error of Node or undici: there was no answer. */
  readonly nodeCode?: string;
  /** The error of Node is from the connecting, so nothing was sent. */
  readonly isUnconnected?: boolean;
}

/** One line of the table. It fits when class or message (or status, or Node's code) and every condition do. */
export interface FaultRule {
  readonly name: string;
  readonly code: HdfsErrorCode;
  readonly action: FaultAction;
  /** What to do, for the message. */
  readonly advice?: string;
  readonly at?: Answerer;
  readonly ops?: readonly string[];
  readonly isBodySent?: boolean;
  readonly isUnconnected?: boolean;
  /** Simple class names. */
  readonly classes?: readonly string[];
  readonly message?: RegExp;
  /** The status in digits. */
  readonly status?: RegExp;
  readonly nodeCode?: RegExp;
}

/** What a fault means. */
export interface Verdict {
  /** Name of the rule that fitted. */
  readonly rule: string;
  readonly code: HdfsErrorCode;
  readonly action: FaultAction;
  readonly scope: ErrorScope;
  readonly retry: ErrorRetry;
  readonly advice?: string | undefined;
}

/** A DataNode's own connection to a NameNode, or a gateway's. */
const connectionClasses = [
  "EOFException",
  "SocketException",
  "ConnectException",
  "ConnectTimeoutException",
  "SocketTimeoutException",
  "UnknownHostException",
  "NoRouteToHostException",
];

/** Operations that must not be taken for not done. */
const changes = ["RENAME", "DELETE"];

/**
 * Answers with a RemoteException. Class or message decides, never the HTTP status: NameNode and DataNode say
 * 403 to nearly everything, HttpFS 500. HttpFS and DataNodes send some classes as `RemoteException` only, so
 * their messages stand here too.
 */
const exceptionRules: readonly FaultRule[] = [
  {
    name: "standby",
    code: hdfsErrors.standby,
    action: "otherNameNode",
    classes: ["StandbyException", "ObserverRetryOnActiveException"],
    // At a token it comes inside a SecurityException.
    message: /is not supported in state (standby|observer)|: StandbyException$/m,
  },
  {
    name: "safe mode",
    code: hdfsErrors.safeMode,
    action: "otherNameNode",
    classes: ["SafeModeException"],
    message: /Name node is in safe mode/,
  },
  {
    name: "starting",
    code: hdfsErrors.starting,
    action: "otherNameNode",
    classes: ["RetriableException"],
    message: /Namesystem has not been initialized/,
  },
  {
    name: "permission",
    code: hdfsErrors.permission,
    action: "blocked",
    advice: "check the owner of the directory and the sink's user",
    classes: ["AccessControlException", "AuthorizationException", "SnapshotAccessControlException"],
  },
  {
    name: "authentication",
    code: hdfsErrors.authentication,
    action: "blocked",
    advice: "this sink knows simple authentication only",
    classes: ["SecurityException", "InvalidToken", "AuthenticationException"],
  },
  {
    name: "path",
    code: hdfsErrors.path,
    action: "quarantine",
    classes: ["PathComponentTooLongException", "InvalidPathException", "ParentNotDirectoryException"],
    message:
      /maximum path component name limit|Pathname too long|not a valid DFS filename|parameter "destination"|\(is not a directory\)/,
  },
  {
    name: "directory there",
    code: hdfsErrors.path,
    action: "quarantine",
    classes: ["PathIsNotEmptyDirectoryException"],
    // RENAME onto a directory is a plain IOException.
    message:
      /must both be directories|is a directory or file under source|cannot be the root|Path is not a file/,
  },
  {
    name: "quota",
    code: hdfsErrors.quota,
    action: "blocked",
    advice: "raise the quota, or lower blockSize: a whole block times replication is reserved",
    classes: [
      "QuotaExceededException",
      "NSQuotaExceededException",
      "DSQuotaExceededException",
      "QuotaByStorageTypeExceededException",
      "MaxDirectoryItemsExceededException",
    ],
    message: /directory item limit/,
  },
  {
    // Passes by itself where DataNodes are registering with a NameNode that was restarted.
    name: "no DataNode",
    code: hdfsErrors.noDataNode,
    action: "retry",
    advice: "check the DataNodes and their free space",
    message: /Failed to find datanode|No active nodes contain this block/,
  },
  {
    name: "no room",
    code: hdfsErrors.noDataNode,
    action: "blocked",
    advice: "check the DataNodes and their free space",
    message: /could only be (written|replicated) to/,
  },
  {
    name: "protected tree",
    code: hdfsErrors.configuration,
    action: "blocked",
    advice: "choose a path that leaves snapshots and encryption zones alone",
    classes: ["SnapshotException"],
    message: /can't be moved (from|into) an encryption zone/,
  },
  {
    name: "parameter",
    code: hdfsErrors.configuration,
    action: "blocked",
    advice: "check the sink's options against the cluster's limits",
    classes: ["IllegalArgumentException", "HadoopIllegalArgumentException", "QueryParamException"],
    message: /less than configured minimum|Requested replication factor|out of the range/,
  },
  {
    name: "operation",
    code: hdfsErrors.unsupported,
    action: "blocked",
    advice: "the cluster is older than Hadoop 2.8, or a gateway",
    classes: ["UnsupportedOperationException"],
  },
  {
    name: "pipeline",
    code: hdfsErrors.dataNode,
    action: "newAttempt",
    advice:
      "with fewer than 3 DataNodes, look at dfs.client.block.write.replace-datanode-on-failure in their hdfs-site.xml",
    message: /All datanodes .* are bad|Failed to replace a bad datanode/,
  },
  {
    name: "attempt",
    code: hdfsErrors.attemptFailed,
    action: "newAttempt",
    classes: [
      "NotReplicatedYetException",
      "AlreadyBeingCreatedException",
      "RecoveryInProgressException",
      "LeaseExpiredException",
    ],
    // A file that was replaced or deleted is a FileNotFoundException that names an inode.
    message:
      /Unable to close file|does not have any open files|is under construction|Unexpected BlockUCState/,
  },
  {
    name: "DataNode lost its NameNode at the end",
    code: hdfsErrors.attemptFailed,
    action: "unknown",
    at: "datanode",
    isBodySent: true,
    classes: connectionClasses,
  },
  {
    name: "DataNode lost its NameNode",
    code: hdfsErrors.attemptFailed,
    action: "newAttempt",
    at: "datanode",
    classes: connectionClasses,
  },
  {
    name: "gateway lost its NameNode in a change",
    code: hdfsErrors.noAnswer,
    action: "unknown",
    ops: changes,
    classes: connectionClasses,
  },
  {
    name: "gateway lost its NameNode",
    code: hdfsErrors.noAnswer,
    action: "otherNameNode",
    classes: connectionClasses,
  },
  {
    // Every attempt has a name of its own.
    name: "temporary name",
    code: hdfsErrors.attemptFailed,
    action: "newAttempt",
    ops: ["CREATE"],
    classes: ["FileAlreadyExistsException", "FileNotFoundException"],
  },
  {
    name: "exists",
    code: hdfsErrors.exists,
    action: "unknown",
    classes: ["FileAlreadyExistsException"],
    message: /^XAttr: .* already exists/,
  },
  { name: "not found", code: hdfsErrors.notFound, action: "unknown", classes: ["FileNotFoundException"] },
];

/** Answers without a RemoteException: HTML of filters and proxies, cut JSON, nothing. */
const statusRules: readonly FaultRule[] = [
  {
    // Netty's limit of 4096 bytes.
    name: "request line too long",
    code: hdfsErrors.path,
    action: "quarantine",
    at: "datanode",
    status: /^400$/,
    message: /No Host/,
  },
  {
    name: "no login",
    code: hdfsErrors.authentication,
    action: "blocked",
    advice: "this sink knows simple authentication only",
    status: /^40[17]$/,
  },
  {
    name: "no WebHDFS",
    code: hdfsErrors.notWebHdfs,
    action: "blocked",
    advice: "check the NameNode's address, and dfs.webhdfs.enabled",
    at: "namenode",
    status: /^(3..|4(?!08|29)..)$/,
  },
  {
    name: "unreadable answer at the end",
    code: hdfsErrors.dataNode,
    action: "unknown",
    at: "datanode",
    isBodySent: true,
    status: /^[45]/,
  },
  {
    name: "unreadable answer of a DataNode",
    code: hdfsErrors.dataNode,
    action: "newAttempt",
    at: "datanode",
    status: /./,
  },
  {
    name: "unreadable answer to a change",
    code: hdfsErrors.noAnswer,
    action: "unknown",
    ops: changes,
    status: /./,
  },
  { name: "unreadable answer", code: hdfsErrors.failed, action: "otherNameNode", status: /./ },
];

/** No answer at all; Node's and undici's codes. */
const transportRules: readonly FaultRule[] = [
  {
    name: "DataNode unreachable",
    code: hdfsErrors.dataNode,
    action: "newAttempt",
    advice: "if only another address leads there, name it in datanodeMap",
    at: "datanode",
    isUnconnected: true,
    nodeCode: /./,
  },
  {
    name: "DataNode silent at the end",
    code: hdfsErrors.dataNode,
    action: "unknown",
    at: "datanode",
    isBodySent: true,
    nodeCode: /./,
  },
  {
    name: "DataNode broke off",
    code: hdfsErrors.dataNode,
    action: "newAttempt",
    at: "datanode",
    nodeCode: /./,
  },
  {
    name: "NameNode unreachable",
    code: hdfsErrors.unreachable,
    action: "otherNameNode",
    isUnconnected: true,
    nodeCode: /./,
  },
  {
    name: "no answer to a change",
    code: hdfsErrors.noAnswer,
    action: "unknown",
    ops: changes,
    nodeCode: /./,
  },
  { name: "no answer", code: hdfsErrors.noAnswer, action: "otherNameNode", nodeCode: /./ },
];

/** An exception that no rule knows: the cluster's, since only the known may count against a batch. */
const unclassified: FaultRule = { name: "unclassified", code: hdfsErrors.failed, action: "retry" };

/** Codes after which another NameNode is asked. */
export const otherNameNodeCodes: ReadonlySet<string> = new Set([
  hdfsErrors.standby,
  hdfsErrors.starting,
  hdfsErrors.safeMode,
  hdfsErrors.unreachable,
  hdfsErrors.noAnswer,
  hdfsErrors.notWebHdfs,
  hdfsErrors.failed,
]);

/** All that faults of a cluster mean, as a real one showed them (docs/specs/webhdfs.md). The first rule that fits holds. */
export const faultRules: readonly FaultRule[] = [
  ...exceptionRules,
  ...statusRules,
  ...transportRules,
  unclassified,
];

/** Says what a fault means. */
export function classify(fault: Fault): Verdict {
  const rule = faultRules.find((candidate) => fits(candidate, fault)) ?? unclassified;
  const { name, code, action, advice } = rule;
  const isBatch = action === "quarantine";
  return {
    rule: name,
    code,
    action,
    scope: isBatch ? "batch" : "sink",
    retry: isBatch ? "permanent" : "temporary",
    advice,
  };
}

function fits(rule: FaultRule, fault: Fault): boolean {
  if (rule.at !== undefined && rule.at !== fault.at) return false;
  if (rule.ops !== undefined && !rule.ops.includes(fault.op)) return false;
  if (rule.isBodySent === true && fault.isBodySent !== true) return false;
  if (rule.isUnconnected === true && fault.isUnconnected !== true) return false;
  const { classes, message, status, nodeCode } = rule;
  if (nodeCode !== undefined) return fault.nodeCode !== undefined && nodeCode.test(fault.nodeCode);
  if (status !== undefined) {
    if (fault.status === undefined || !status.test(String(fault.status))) return false;
    return message === undefined || message.test(fault.message ?? "");
  }
  if (fault.classes === undefined) return false;
  const isClass = classes?.some((name) => fault.classes?.includes(name)) === true;
  return isClass || message?.test(fault.message ?? "") === true;
}
