import { relative } from "node:path";
import { isExtended } from "@sewer/source-http";
import type { ConfigDocument, ConfigPath } from "./config-document.ts";
import type { ConfigProblem } from "./config-problem.ts";
import type { Config } from "./config.ts";
import { pathText, valueAt } from "./schema-problems.ts";

/** Rules between keys, checked on the data as it was written, so that they are told with all the others. */
export function shapeProblems(document: ConfigDocument): ConfigProblem[] {
  const flows = entriesAt(document.data, ["flows"]);
  const problems: ConfigProblem[] = [];
  if (flows?.length === 0) {
    problems.push(document.problemAt(["flows"], "flows: at least one flow is needed", "key"));
  }
  for (const [name, flow] of flows ?? []) {
    if (typeof flow !== "object" || flow === null) continue;
    const path = ["flows", name];
    const sinks = entriesAt(document.data, [...path, "sinks"]);
    if ("sink" in flow && "sinks" in flow) {
      const message = `${pathText([...path, "sinks"])}: sink is short for sinks: { main: ... }, give one of the two`;
      problems.push(document.problemAt([...path, "sinks"], message, "key"));
    } else if (sinks?.length === 0) {
      const message = `${pathText([...path, "sinks"])}: at least one sink is needed`;
      problems.push(document.problemAt([...path, "sinks"], message, "key"));
    } else if (!("sink" in flow) && !("sinks" in flow)) {
      problems.push(document.problemAt([...path, "sink"], `missing key ${pathText([...path, "sink"])}`));
    }
  }
  return problems;
}

/**
 * Parts of a valid config that do not go together: two of the same port or spool directory, and records for which a
 * sink's format has no form.
 */
export function clashProblems(document: ConfigDocument, config: Config): ConfigProblem[] {
  return [
    ...portClashes(document, config),
    ...spoolClashes(document, config),
    ...schemaClashes(document, config),
  ];
}

interface BoundPort {
  readonly path: ConfigPath;
  readonly what: string;
  readonly host: string;
  readonly port: number;
}

function portClashes(document: ConfigDocument, config: Config): ConfigProblem[] {
  const ports: BoundPort[] = [];
  if (config.admin !== false)
    ports.push({ path: ["admin", "port"], what: "the admin port", ...config.admin });
  for (const { name, source } of config.flows) {
    const path = ["flows", name, "source"];
    const { host, port, statusPort } = source;
    ports.push({ path: [...path, "port"], what: `the pixel port of flow ${name}`, host, port });
    const statusPath = [...path, "statusPort"];
    ports.push({ path: statusPath, what: `the status port of flow ${name}`, host, port: statusPort });
  }
  return ports.flatMap((later, index) => {
    const earlier = ports.slice(0, index).find((candidate) => isSamePort(candidate, later));
    if (earlier === undefined) return [];
    const message = `${pathText(later.path)}: ${later.what}, ${later.port}, is also ${earlier.what}`;
    return [document.problemAt(later.path, message)];
  });
}

function isSamePort(a: BoundPort, b: BoundPort): boolean {
  if (a.port === 0 || a.port !== b.port) return false;
  return a.host === b.host || isEveryAddress(a.host) || isEveryAddress(b.host);
}

function isEveryAddress(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

function spoolClashes(document: ConfigDocument, config: Config): ConfigProblem[] {
  return config.flows.flatMap((later, index) => {
    const earlier = config.flows
      .slice(0, index)
      .find(({ spoolDir }) => contains(spoolDir, later.spoolDir) || contains(later.spoolDir, spoolDir));
    if (earlier === undefined) return [];
    const path = ["flows", later.name, "spool", "dir"];
    const message = `${pathText(path)}: flow ${earlier.name} has the same spool directory or one around it`;
    return [document.problemAt(path, message)];
  });
}

function contains(outer: string, inner: string): boolean {
  const way = relative(outer, inner);
  return way === "" || (!way.startsWith("..") && !way.startsWith("/"));
}

/** The original's class has no place for further headers and bodies. */
function schemaClashes(document: ConfigDocument, config: Config): ConfigProblem[] {
  return config.flows.flatMap(({ name, source, sinks }) => {
    if (!isExtended(source)) return [];
    const original = [...sinks].filter(([, sink]) => sink.format.schema === "sewer-0.5");
    return original.map(([sink]) => {
      const flow = ["flows", name];
      const isShort = valueAt(document.data, [...flow, "sink"]) !== undefined;
      const path = [...flow, ...(isShort ? ["sink"] : ["sinks", sink]), "format", "schema"];
      const what = source.body.record ? "source.body.record" : "source.headers";
      const message = `${pathText(path)}: sewer-0.5 has no place for what ${what} records; take one of them away`;
      return document.problemAt(path, message);
    });
  });
}

/** The entries of the map at `path`; undefined when there is none. */
function entriesAt(data: unknown, path: ConfigPath): [string, unknown][] | undefined {
  const value = valueAt(data, path);
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.entries(value)
    : undefined;
}
