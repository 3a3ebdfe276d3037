import type { Clock, JsonObject, JsonValue } from "@sewer/core";
import { JolokiaError } from "./jolokia-error.ts";
import { parseGetRequest, parsePostRequest, type JolokiaRequest } from "./jolokia-request.ts";
import type { MBean, MBeanRegistry } from "./mbeans.ts";
import { parseObjectName } from "./object-name.ts";

/** The most requests that one POST may hold. */
const requestsMax = 1000;

/** What a {@link Jolokia} needs. */
export interface JolokiaOptions {
  readonly beans: MBeanRegistry;
  readonly clock: Clock;
  /** This program's version. */
  readonly version: string;
}

/**
 * Answers the Jolokia protocol's `read` and `version`, so that the tools which watched the original
 * (jmx4perl, check_jmx4perl, Telegraf) go on working. Errors are answers too: their HTTP status is 200.
 */
export class Jolokia {
  readonly #beans: MBeanRegistry;
  readonly #clock: Clock;
  readonly #version: string;

  constructor(options: JolokiaOptions) {
    this.#beans = options.beans;
    this.#clock = options.clock;
    this.#version = options.version;
  }

  /** @param encodedPath what follows `/jolokia`, percent-encoded as it came. */
  get(encodedPath: string, query: URLSearchParams): JsonValue {
    return this.#answer(() => parseGetRequest(encodedPath, query));
  }

  /** @param body text of a JSON object or array. */
  post(body: string, query: URLSearchParams): JsonValue {
    let parsed: unknown;
    try {
      parsed = JSON.parse(body);
    } catch {
      return this.#failure(JolokiaError.badRequest("the body is not JSON"));
    }
    if (!Array.isArray(parsed)) return this.#answer(() => parsePostRequest(parsed, query));
    if (parsed.length > requestsMax) {
      return this.#failure(JolokiaError.badRequest(`more than ${requestsMax} requests in one POST`));
    }
    return parsed.map((one: unknown) => this.#answer(() => parsePostRequest(one, query)));
  }

  #answer(parse: () => JolokiaRequest): JsonObject {
    let request: JolokiaRequest | undefined;
    try {
      request = parse();
      const value = this.#valueOf(request);
      const timestamp = Math.floor(this.#clock.now() / 1000);
      return { request: echo(request), value, timestamp, status: 200 };
    } catch (error) {
      if (!(error instanceof JolokiaError)) throw error;
      return this.#failure(error, request);
    }
  }

  #failure(error: JolokiaError, request?: JolokiaRequest): JsonObject {
    return {
      ...(request === undefined ? {} : { request: echo(request) }),
      error_type: error.errorType,
      error: `${error.errorType} : ${error.message}`,
      status: error.status,
    };
  }

  #valueOf(request: JolokiaRequest): JsonValue {
    switch (request.type) {
      case "version":
        return {
          agent: "1.7.1",
          protocol: "7.2",
          config: {},
          info: { product: "sewer", vendor: "Sewer", version: this.#version },
        };
      case "read":
        return this.#read(request);
      default:
        throw JolokiaError.unsupported(`"${request.type}" is not offered here, only read and version are`);
    }
  }

  #read(request: JolokiaRequest): JsonValue {
    const attributes = this.#beanOf(request.mbean).attributes();
    const { attribute } = request;
    if (attribute === undefined) return attributes;
    if (typeof attribute === "string") return valueAt(attributes, attribute, request.path ?? []);
    const values = attribute.map((name): [string, JsonValue] => {
      const value = attributes[name];
      if (value !== undefined) return [name, value];
      const error = JolokiaError.noAttribute(name);
      if (!request.ignoreErrors) throw error;
      return [name, `ERROR: ${error.errorType} : ${error.message}`];
    });
    return Object.fromEntries(values);
  }

  #beanOf(text: string | undefined): MBean {
    const name = text === undefined ? undefined : parseObjectName(text);
    if (text === undefined || name === undefined) {
      const message = text ?? "no mbean given";
      throw new JolokiaError(400, "javax.management.MalformedObjectNameException", message);
    }
    if (name.isPattern) throw JolokiaError.unsupported(`patterns are not offered here: ${text}`);
    const bean = this.#beans.find(name.canonical);
    if (bean === undefined) throw JolokiaError.noBean(text);
    return bean;
  }
}

function valueAt(attributes: JsonObject, attribute: string, path: readonly string[]): JsonValue {
  let value: JsonValue = attributes;
  for (const step of [attribute, ...path]) {
    const inner: JsonValue | undefined =
      hasMembers(value) && Object.hasOwn(value, step) ? value[step] : undefined;
    if (inner === undefined) throw JolokiaError.noAttribute([attribute, ...path].join("/"));
    value = inner;
  }
  return value;
}

function hasMembers(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null;
}

function echo(request: JolokiaRequest): JsonObject {
  return {
    ...(request.mbean === undefined ? {} : { mbean: request.mbean }),
    ...(request.attribute === undefined ? {} : { attribute: request.attribute }),
    ...(request.path === undefined ? {} : { path: request.path.map(escapeStep).join("/") }),
    type: request.type,
  };
}

function escapeStep(step: string): string {
  return step.replaceAll("!", "!!").replaceAll("/", "!/");
}
