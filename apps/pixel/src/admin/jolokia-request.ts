import { JolokiaError } from "./jolokia-error.ts";

/** A Jolokia request in the form that both GET and POST come down to. */
export interface JolokiaRequest {
  /** Lower case. */
  readonly type: string;
  readonly mbean?: string;
  /** Undefined for all attributes. */
  readonly attribute?: string | readonly string[];
  /** Steps into the attribute's value. */
  readonly path?: readonly string[];
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
  const [type = "", mbean, attributes, ...inner] = splitSegments(path);
  const ignoreErrors = isTrue(query.get("ignoreErrors"));
  if (type === "" || type === "version") return { type: "version", ignoreErrors };
  const request = { type: type.toLowerCase(), ignoreErrors, ...(mbean === undefined ? {} : { mbean }) };
  if (attributes === undefined || attributes === "" || attributes === "*") return request;
  const names = attributes.split(",");
  const attribute = names.length === 1 ? attributes : names;
  const innerPath = inner.filter((segment) => segment !== "");
  return { ...request, attribute, ...(innerPath.length === 0 ? {} : { path: innerPath }) };
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
  const { type, mbean, attribute, path, config } = body as Readonly<Record<string, unknown>>;
  if (typeof type !== "string") throw JolokiaError.badRequest("the request has no type");
  const configured = typeof config === "object" && config !== null ? config : {};
  const ignored = "ignoreErrors" in configured ? configured.ignoreErrors : query.get("ignoreErrors");
  const steps = typeof path === "string" ? splitSegments(path).filter((segment) => segment !== "") : [];
  return {
    type: type.toLowerCase(),
    ignoreErrors: isTrue(ignored),
    ...(typeof mbean === "string" ? { mbean } : {}),
    ...attributeOf(attribute),
    ...(steps.length === 0 ? {} : { path: steps }),
  };
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

function isTrue(value: unknown): boolean {
  return value === true || value === "true" || value === "1";
}
