import type { Clock, JsonObject, JsonValue } from "@sewer/core";
import { AttributeHistory } from "./attribute-history.ts";
import { JolokiaError } from "./jolokia-error.ts";
import { listBeans } from "./jolokia-list.ts";
import { parseGetRequest, parsePostRequest, type JolokiaRequest } from "./jolokia-request.ts";
import { jsonAt } from "./json-path.ts";
import { MBeanRegistry, type MBean } from "./mbeans.ts";
import { parseObjectName, type ObjectName } from "./object-name.ts";

/** The most requests that one POST may hold. */
const requestsMax = 1000;

/** What a {@link Jolokia} needs. */
export interface JolokiaOptions {
  /** Asked anew for each request. */
  readonly beans: Iterable<MBean>;
  readonly clock: Clock;
  /** This program's version. */
  readonly version: string;
}

/** An HTTP request to Jolokia. */
export interface JolokiaCall {
  readonly query: URLSearchParams;
  /** False for a call that a web page may have made: then `exec` is refused. */
  readonly mayExec: boolean;
}

/**
 * Answers the Jolokia protocol: `read`, `search`, `list`, `version`, and `exec` of what beans offer, so that the
 * tools which watched the original (jmx4perl, check_jmx4perl, Telegraf) go on working. Nothing can be written.
 * Errors are answers too: their HTTP status is 200.
 */
export class Jolokia {
  readonly #options: JolokiaOptions;
  readonly #history = new AttributeHistory();

  constructor(options: JolokiaOptions) {
    this.#options = options;
  }

  get #beans(): MBeanRegistry {
    return new MBeanRegistry([...this.#options.beans, this.#history.bean]);
  }

  /** @param encodedPath what follows `/jolokia`, percent-encoded as it came. */
  get(encodedPath: string, call: JolokiaCall): Promise<JsonValue> {
    return this.#answer(() => parseGetRequest(encodedPath, call.query), call);
  }

  /** @param body text of a JSON object or array. */
  async post(body: string, call: JolokiaCall): Promise<JsonValue> {
    let parsed: unknown;
    try {
      parsed = JSON.parse(body);
    } catch {
      return this.#failure(JolokiaError.badRequest("the body is not JSON"));
    }
    if (!Array.isArray(parsed)) return this.#answer(() => parsePostRequest(parsed, call.query), call);
    if (parsed.length > requestsMax) {
      return this.#failure(JolokiaError.badRequest(`more than ${requestsMax} requests in one POST`));
    }
    const answers: JsonValue[] = [];
    // One after the other: a read behind an exec shows what it did.
    for (const one of parsed as unknown[]) {
      answers.push(await this.#answer(() => parsePostRequest(one, call.query), call));
    }
    return answers;
  }

  async #answer(parse: () => JolokiaRequest, { mayExec }: JolokiaCall): Promise<JsonObject> {
    let request: JolokiaRequest | undefined;
    try {
      request = parse();
      const value = await this.#valueOf(request, mayExec);
      const timestamp = Math.floor(this.#options.clock.now() / 1000);
      const history = request.type === "read" ? this.#history.add(request, { value, timestamp }) : undefined;
      return { request: echo(request), value, timestamp, status: 200, ...(history && { history }) };
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

  #valueOf(request: JolokiaRequest, mayExec: boolean): JsonValue | Promise<JsonValue> {
    switch (request.type) {
      case "version":
        return {
          agent: "1.7.1",
          protocol: "7.2",
          config: {},
          info: { product: "sewer", vendor: "Sewer", version: this.#options.version },
        };
      case "read":
        return this.#read(request);
      case "search":
        return this.#beans.search(nameIn(request.mbean)).map(({ name }) => name.canonical);
      case "list":
        return this.#list(request);
      case "exec":
        if (!mayExec)
          throw JolokiaError.forbidden("a web page may have sent this; add the header X-Sewer-Admin: 1");
        return this.#exec(request);
      case "write":
        throw JolokiaError.forbidden("nothing can be written here");
      default:
        throw JolokiaError.unsupported(
          `"${request.type}" is not offered here: read, search, list, version and exec are`,
        );
    }
  }

  #read(request: JolokiaRequest): JsonValue {
    const name = nameIn(request.mbean);
    if (!name.isPattern) return readBean(this.#beanOf(request.mbean), request);
    const found = this.#beans.search(name).flatMap(({ name: own, bean }): [string, JsonValue][] => {
      const attributes = ofPattern(bean.attributes(), request);
      return attributes === undefined ? [] : [[own.canonical, attributes]];
    });
    if (found.length === 0) throw JolokiaError.noBean(name.canonical);
    return Object.fromEntries(found);
  }

  #list({ path = [], maxDepth }: JolokiaRequest): JsonValue {
    const found = listBeans(this.#beans.all, path, maxDepth);
    if (found === undefined) throw JolokiaError.noBean(path.join("/"));
    return found;
  }

  #exec({ mbean, operation = "", args = [] }: JolokiaRequest): JsonValue | Promise<JsonValue> {
    const { operations = {} } = this.#beanOf(mbean);
    // Java's tools may name the overload that they mean: statsReset().
    const name = operation.replace(/\(.*\)$/, "");
    const found = Object.hasOwn(operations, name) ? operations[name] : undefined;
    if (found === undefined) throw JolokiaError.badRequest(`no operation ${operation} on ${mbean}`);
    if (args.length !== found.parameters.length) {
      throw JolokiaError.badRequest(
        `${name} takes ${found.parameters.length} arguments, ${args.length} are given`,
      );
    }
    return found.run(args);
  }

  #beanOf(text: string | undefined): MBean {
    const bean = this.#beans.find(nameIn(text).canonical);
    if (bean === undefined) throw JolokiaError.noBean(text ?? "");
    return bean;
  }
}

function nameIn(text: string | undefined): ObjectName {
  const name = text === undefined ? undefined : parseObjectName(text);
  if (name !== undefined) return name;
  const message = text ?? "no mbean given";
  throw new JolokiaError(400, "javax.management.MalformedObjectNameException", message);
}

function readBean(bean: MBean, { attribute, path = [], ignoreErrors }: JolokiaRequest): JsonValue {
  const attributes = bean.attributes();
  if (attribute === undefined) return attributes;
  if (typeof attribute === "string") {
    const value = jsonAt(attributes, [attribute, ...path]);
    if (value === undefined) throw JolokiaError.noAttribute([attribute, ...path].join("/"));
    return value;
  }
  const values = attribute.map((name): [string, JsonValue] => {
    if (Object.hasOwn(attributes, name)) return [name, attributes[name] ?? null];
    const error = JolokiaError.noAttribute(name);
    if (!ignoreErrors) throw error;
    return [name, `ERROR: ${error.errorType} : ${error.message}`];
  });
  return Object.fromEntries(values);
}

/** Of many beans each gives what it has; undefined when that is nothing. */
function ofPattern(attributes: JsonObject, { attribute, path }: JolokiaRequest): JsonValue | undefined {
  if (path !== undefined)
    throw JolokiaError.unsupported("a path into the values of a pattern is not offered here");
  if (attribute === undefined) return attributes;
  const names = typeof attribute === "string" ? [attribute] : attribute;
  const own = Object.entries(attributes).filter(([name]) => names.includes(name));
  return own.length === 0 ? undefined : Object.fromEntries(own);
}

function echo(request: JolokiaRequest): JsonObject {
  const { type, mbean, attribute, operation, args = [], path } = request;
  return {
    ...(mbean !== undefined && { mbean }),
    ...(attribute !== undefined && { attribute }),
    ...(operation !== undefined && { operation }),
    ...(args.length > 0 && { arguments: args }),
    ...(path !== undefined && { path: path.map(escapeStep).join("/") }),
    type,
  };
}

function escapeStep(step: string): string {
  return step.replaceAll("!", "!!").replaceAll("/", "!/");
}
