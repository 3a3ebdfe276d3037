import type { IssueCollector } from "@sewer/core";
import { formatDate, parseDateFormat, type DatePiece } from "./date-format.ts";

/** The tokens that are no dates (docs/config.md). */
export type PathToken =
  | "batch"
  | "flow"
  | "host"
  | "hostname"
  | "nanos"
  | "pid"
  | "rand"
  | "thread"
  | "timestamp";

/** One piece of a {@link PathPattern}. */
export type PathPart =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "token"; readonly token: PathToken }
  | { readonly kind: "date"; readonly pieces: readonly DatePiece[] };

/** A path with holes: `/logs/%{yyyy-MM-dd}/data-%{host}`. */
export interface PathPattern {
  readonly parts: readonly PathPart[];
}

/** What fills the holes of a {@link PathPattern}; every value is sanitised before it is used. */
export interface PathValues {
  /** Epoch milliseconds: the dates and `%{timestamp}`. */
  readonly createdMs: number;
  /** IANA name of the zone in which dates are written. */
  readonly timeZone: string;
  readonly tokens: Readonly<Record<PathToken, string>>;
}

const tokens: Record<PathToken, true> = {
  batch: true,
  flow: true,
  host: true,
  hostname: true,
  nanos: true,
  pid: true,
  rand: true,
  thread: true,
  timestamp: true,
};

/**
 * Reads a path pattern: literal text and `%{...}`, which holds a {@link PathToken} or a date made of
 * `yyyy MM dd HH mm ss SSS`, `/ - _ .` and digits. A `%` without `{` is itself.
 *
 * Refused: an unknown or unclosed token; control characters; a pattern that ends in `/`; a file name that
 * can begin with `.` (temporary files are named so); `.`, `..` and empty path segments, but for those that
 * come before every token (`../out/%{host}` is the operator's own choice of a directory).
 *
 * @returns undefined after an issue was reported. @throws RangeError without a collector.
 */
export function parsePathPattern(text: string): PathPattern;
export function parsePathPattern(text: string, issues: IssueCollector): PathPattern | undefined;
export function parsePathPattern(text: string, issues?: IssueCollector): PathPattern | undefined {
  const parts = splitPattern(text);
  const problem = typeof parts === "string" ? parts : problemOf(parts);
  if (problem === undefined) return { parts: parts as PathPart[] };
  if (issues === undefined) throw new RangeError(`path pattern: ${problem}`);
  issues.addIssue({ code: "custom", message: problem });
  return undefined;
}

/**
 * The directory that a pattern names before its first token: every path of it lies there or deeper.
 *
 * @throws RangeError when it is no {@link parsePathPattern pattern}.
 */
export function literalDirectory(pattern: string): string {
  const [first] = parsePathPattern(pattern).parts;
  return first?.kind === "literal" ? first.text.slice(0, first.text.lastIndexOf("/") + 1) : "";
}

/**
 * Makes every path of the pattern the name of one batch's file: adds `-%{batch}` to the end of the file
 * name where the pattern holds no `%{batch}`, and `extension` (`.seq`) unless the literal text ends with it.
 */
export function completePathPattern(pattern: PathPattern, extension: string): PathPattern {
  const parts = [...pattern.parts];
  const last = parts.at(-1);
  if (last?.kind === "literal" && last.text.endsWith(extension)) {
    parts[parts.length - 1] = { kind: "literal", text: last.text.slice(0, -extension.length) };
  }
  if (!parts.some((part) => part.kind === "token" && part.token === "batch")) {
    parts.push({ kind: "literal", text: "-" }, { kind: "token", token: "batch" });
  }
  parts.push({ kind: "literal", text: extension });
  return { parts };
}

/** The path of one batch. Only literal text and dates bring a `/`; see {@link sanitizePathValue}. */
export function expandPath(pattern: PathPattern, values: PathValues): string {
  let path = "";
  for (const part of pattern.parts) {
    if (part.kind === "literal") path += part.text;
    else if (part.kind === "date") path += formatDate(part.pieces, values.createdMs, values.timeZone);
    else path += sanitizePathValue(values.tokens[part.token]);
  }
  return path;
}

/**
 * Makes a value safe as a piece of a file name, on HDFS too: bytes other than `[A-Za-z0-9._=-]` become `_`
 * (HDFS forbids `:`, and old DataNodes decode `+ % ;` wrongly: HDFS-14423, HDFS-13176), a leading `.` too,
 * and what is empty becomes `_`.
 */
export function sanitizePathValue(value: string): string {
  const bytes = Buffer.from(value, "utf8").toString("latin1");
  return bytes.replace(/[^A-Za-z0-9._=-]/g, "_").replace(/^\./, "_") || "_";
}

/** The literal text of a pattern, with nothing in the place of its tokens. */
export function literalText(pattern: PathPattern): string {
  return pattern.parts.map((part) => (part.kind === "literal" ? part.text : "")).join("");
}

function splitPattern(text: string): PathPart[] | string {
  const parts: PathPart[] = [];
  let position = 0;
  while (position < text.length) {
    const start = text.indexOf("%{", position);
    const literal = text.slice(position, start < 0 ? undefined : start);
    if (literal !== "") parts.push({ kind: "literal", text: literal });
    if (start < 0) break;
    const end = text.indexOf("}", start);
    if (end < 0) return `"${text.slice(start)}" has no closing }`;
    const part = tokenPart(text.slice(start + 2, end));
    if (typeof part === "string") return part;
    parts.push(part);
    position = end + 1;
  }
  return parts;
}

function tokenPart(name: string): PathPart | string {
  if (Object.hasOwn(tokens, name)) return { kind: "token", token: name as PathToken };
  const pieces = parseDateFormat(name);
  if (pieces !== undefined) return { kind: "date", pieces };
  const known = Object.keys(tokens).join(", ");
  return `unknown token %{${name}}; known are ${known} and dates of yyyy MM dd HH mm ss SSS with / - _ . and digits`;
}

/** Checks the path that stands for all paths: a token gives `0`, which is as harmless as any of its values. */
function problemOf(parts: readonly PathPart[]): string | undefined {
  const literals = parts.map((part) => (part.kind === "literal" ? part.text : "")).join("");
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for.
  if (/[\u0000-\u001f\u007f]/.test(literals)) return "control characters are not allowed";
  const sample = parts.map(samplePart).join("");
  const segments = sample.split("/");
  const name = segments.at(-1) ?? "";
  if (name === "") return "it must end with a file name, not with /";
  if (name.startsWith("."))
    return `the file name "${name}" begins with "."; such names are for temporary files`;
  const fixed = fixedDirectory(parts).split("/").length - 1;
  const bad = segments.slice(fixed).find((segment) => segment === "" || segment === "." || segment === "..");
  if (bad !== undefined) return `"${bad}" cannot be a path segment beside or after a token`;
  return undefined;
}

function samplePart(part: PathPart): string {
  if (part.kind === "literal") return part.text;
  return part.kind === "token"
    ? "0"
    : part.pieces.map((piece) => (piece.field === undefined ? piece.text : "0")).join("");
}

/** The literal text up to the last `/` before the first token: the directory that no value can leave. */
function fixedDirectory(parts: readonly PathPart[]): string {
  const first = parts[0]?.kind === "literal" ? parts[0].text : "";
  return first.slice(0, first.lastIndexOf("/") + 1);
}
