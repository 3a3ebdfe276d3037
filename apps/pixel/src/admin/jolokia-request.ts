import type { JsonValue } from "@sewer/core";
import { JolokiaError } from "./jolokia-error.ts";

/** A Jolokia request in the form that both GET and POST come down to. */
export interface JolokiaRequest {
  /** Lower case. */
  readonly type: string;
  readonly mbean?: string;
  /** Of a read; undefined for all attributes. */
  readonly attribute?: string | readonly string[];
  /** Of an exec. */
  readonly operation?: string;
  readonly args?: readonly JsonValue[];
  /** Steps into the attribute's value, or into the tree of a list. */
  readonly path?: readonly string[];
  /** Of a list: how many levels are shown; undefined for all. */
  readonly maxDepth?: number;
  /** An attribute that cannot be read becomes a text that says why. */
  readonly ignoreErrors: boolean;
}

/**
 * Reads what follows `/jolokia` in a GET: percent decoding first, then `/` separates and `!` escapes.
 *
 * @param encodedPath the rest of the path, percent-encoded as it came.
 * @param query its parameter `p` takes the place of an empty path.
 * @throws JolokiaError 400 when it is malformed.
 */
export function parseGetRequest(encodedPath: string, query: URLSearchParams): JolokiaRequest {
  const path = decodePercent(encodedPath).replace(/^\//, "") || (query.get("p") ?? "").replace(/^\//, "");
  const [first = "", ...segments] = splitSegments(path);
  const type = first === "" ? "version" : first.toLowerCase();
  const options = optionsIn((name) => query.get(name));
  if (type === "version") return { type, ...options };
  if (type === "list") return { type, ...options, ...pathOf(segments) };
  const [mbean, second, ...rest] = segments;
  const request = { type, ...options, ...(mbean !== undefined && { mbean }) };
  if (type === "exec") {
    return { ...request, ...(second !== undefined && { operation: second }), args: rest.map(argumentOf) };
  }
  if (second === undefined || second === "" || second === "*") return request;
  const names = second.split(",");
  return { ...request, attribute: names.length === 1 ? second : names, ...pathOf(rest) };
}

/**
 * Reads one request of a POST body.
 *
 * @throws JolokiaError 400 when it is no request.
 */
export function parsePostRequest(body: unknown, query: URLSearchParams): JolokiaRequest {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw JolokiaError.badRequest("a request is a JSON object");
  }
  const { type, mbean, attribute, operation, path, config, arguments: args } = body as JsonFields;
  if (typeof type !== "string") throw JolokiaError.badRequest("the request has no type");
  const configured = typeof config === "object" && config !== null ? (config as JsonFields) : {};
  return {
    type: type.toLowerCase(),
    ...optionsIn((name) => configured[name] ?? query.get(name)),
    ...(typeof mbean === "string" ? { mbean } : {}),
    ...attributeOf(attribute),
    ...(typeof operation === "string" ? { operation } : {}),
    // What JSON.parse made is a JsonValue.
    ...(Array.isArray(args) ? { args: args as JsonValue[] } : {}),
    ...(typeof path === "string" ? pathOf(splitSegments(path)) : {}),
  };
}

type JsonFields = Readonly<Record<string, unknown>>;

function optionsIn(option: (name: string) => unknown): Pick<JolokiaRequest, "ignoreErrors" | "maxDepth"> {
  const ignored = option("ignoreErrors");
  const depth = Number(option("maxDepth") ?? 0);
  return {
    ignoreErrors: ignored === true || ignored === "true" || ignored === "1",
    ...(Number.isInteger(depth) && depth > 0 && { maxDepth: depth }),
  };
}

function pathOf(segments: readonly string[]): Pick<JolokiaRequest, "path"> {
  const path = segments.filter((segment) => segment !== "");
  return path.length === 0 ? {} : { path };
}

/** In a URL null and the empty text have names of their own. */
function argumentOf(segment: string): JsonValue {
  if (segment === "[null]") return null;
  return segment === '""' ? "" : segment;
}

function attributeOf(value: unknown): Pick<JolokiaRequest, "attribute"> {
  if (value === undefined || value === null || value === "" || value === "*") return {};
  if (typeof value === "string") return { attribute: value };
  if (Array.isArray(value) && value.every((name) => typeof name === "string")) {
    return value.length === 0 ? {} : { attribute: value };
  }
  throw JolokiaError.badRequest("attribute is a text or a list of texts");
}

/** Splits on `/`; `!/` is a slash, `!!` an exclamation mark, `!x` any x. */
function splitSegments(path: string): string[] {
  const segments = [""];
  for (const [, escaped, plain] of path.matchAll(/!([^])|([^])/g)) {
    if (plain === "/") segments.push("");
    else segments[segments.length - 1] += escaped ?? plain ?? "";
  }
  return segments;
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw JolokiaError.badRequest("the path is not percent-encoded UTF-8");
  }
}
