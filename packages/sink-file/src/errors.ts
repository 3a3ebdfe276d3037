import { isSewerError, SewerError, type SewerErrorOptions } from "@sewer/core";

/** The codes of this package's errors. */
export const fileSinkErrors = {
  /** The disk is full or a quota is used up. */
  noSpace: "SEWER_FILE_SINK_NO_SPACE",
  /** The process may not write there, or the file system is read-only. */
  permission: "SEWER_FILE_SINK_PERMISSION",
  /** The batch's path cannot be a file: a parent is a file, a directory has its name, or it is too long. */
  path: "SEWER_FILE_SINK_PATH",
  /** The file system has no hard links, without which a file cannot be published safely. */
  noLinks: "SEWER_FILE_SINK_NO_LINKS",
  /** The file on disk is not as long as what was written. */
  mismatch: "SEWER_FILE_SINK_MISMATCH",
  /** Another failure of the file system; the message has Node's code. */
  failed: "SEWER_FILE_SINK_FAILED",
} as const;

interface Fault extends Pick<SewerErrorOptions, "scope" | "retry"> {
  readonly code: (typeof fileSinkErrors)[keyof typeof fileSinkErrors];
  readonly advice: string;
}

const noSpace: Fault = { code: fileSinkErrors.noSpace, advice: "make room there" };
const permission: Fault = { code: fileSinkErrors.permission, advice: "let the process write there" };
const path: Fault = {
  code: fileSinkErrors.path,
  advice: "no file can have this path; see what lies there",
  scope: "batch",
  retry: "permanent",
};

/** Node's codes; what is missing here is `failed`, temporary, scope `sink`. */
const faults: Readonly<Record<string, Fault>> = {
  ENOSPC: noSpace,
  EDQUOT: noSpace,
  EFBIG: noSpace,
  EACCES: permission,
  EPERM: permission,
  EROFS: permission,
  ENOTDIR: path,
  EISDIR: path,
  ENAMETOOLONG: path,
};

/** A failure of the file system as a SewerError; `doing` says what was tried, with the path. */
export function fileSystemError(cause: unknown, doing: string): SewerError {
  if (isSewerError(cause)) return cause;
  const nodeCode = nodeCodeOf(cause) ?? "unknown error";
  const fault = faults[nodeCode];
  if (fault === undefined) return new SewerError(fileSinkErrors.failed, `${doing}: ${nodeCode}`, { cause });
  const { code, advice, scope = "sink", retry = "temporary" } = fault;
  return new SewerError(code, `${doing}: ${nodeCode}; ${advice}`, { scope, retry, cause });
}

/** `ENOSPC` and the like, where the error has one. */
export function nodeCodeOf(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}
