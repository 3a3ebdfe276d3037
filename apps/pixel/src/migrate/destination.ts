import { fileSinkOptions } from "@sewer/sink-file";
import { hdfsSinkOptions } from "@sewer/sink-hdfs";
import type { OriginalConfig } from "./original-config.ts";
import type { Property } from "./properties.ts";

/** The keys of `sink` that say where files go. */
export type Destination =
  | { readonly type: "file"; readonly path: string }
  | {
      readonly type: "hdfs";
      readonly namenodes: readonly string[];
      readonly path: string;
      readonly replication?: number;
      readonly blockSize?: string;
    };

/** Web port of a NameNode since Hadoop 3; before, it was 50070. */
const webPort = 9870;

/**
 * Turns the argument of `seqfile` into a destination; what is wrong with it is a problem of `property`.
 *
 * @returns undefined after a problem was told.
 */
export function destinationOf(
  original: OriginalConfig,
  property: Property,
  target: string,
): Destination | undefined {
  const [, scheme = "", authority = "", path = ""] = splitTarget(original, target) ?? [];
  const sink = path === "" ? undefined : sinkOf(original, property, { scheme, authority, path });
  const faults = path === "" ? [noFileSystem(target)] : faultsOf(path, sink ?? scheme);
  for (const fault of faults) original.problem(property, `sewer.sink: ${fault}`);
  return faults.length > 0 ? undefined : sink;
}

function noFileSystem(target: string): string {
  return `"${target}" says no file system: write hdfs://HOST:PORT/... or file:///..., or set fs.defaultFS`;
}

interface Target {
  readonly scheme: string;
  /** `host:port`. */
  readonly authority: string;
  readonly path: string;
}

/** A path without a file system lies in the default one, if the config says which that is. */
function splitTarget(original: OriginalConfig, target: string): RegExpExecArray | null {
  const defaults = [...original.takeAll("fs.defaultFS"), ...original.takeAll("fs.default.name")];
  const base = target.startsWith("/") ? (defaults[0]?.value.trim().replace(/\/$/, "") ?? "") : "";
  return /^([A-Za-z][A-Za-z0-9+.-]*):(?:\/\/([^/]*))?(\/.*)$/.exec(base + target);
}

/** What is wrong with a path as it stands, else what its sink says. */
function faultsOf(path: string, sink: Destination | string): string[] {
  if (path.includes("${")) return ["${...} is not filled in here: write what it stands for"];
  const shorthand = /%(?!\{).?/.exec(path)?.[0];
  if (shorthand !== undefined) return [`${shorthand} is no token: write dates like %{yyyy-MM-dd/HH00}`];
  if (typeof sink === "string") return [`${sink}:// has no counterpart: files go to hdfs:// or file://`];
  const checked = sink.type === "file" ? fileSinkOptions.safeParse(sink) : hdfsSinkOptions.safeParse(sink);
  return checked.error?.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`) ?? [];
}

/** The original knew its own tokens in any case; dates are told apart by theirs. */
function withLowerCaseTokens(path: string): string {
  return path.replace(/%\{(?:rand|host|hostname|timestamp|nanos|thread)\}/gi, (token) => token.toLowerCase());
}

function sinkOf(original: OriginalConfig, property: Property, target: Target): Destination | undefined {
  const { authority } = target;
  const path = withLowerCaseTokens(target.path);
  switch (target.scheme.toLowerCase()) {
    case "file":
      return { type: "file", path };
    case "webhdfs":
      return { type: "hdfs", namenodes: [`http://${authority}`], path, ...blocksOf(original) };
    case "hdfs":
      return {
        type: "hdfs",
        namenodes: nameNodesOf(original, property, authority),
        path,
        ...blocksOf(original),
      };
    default:
      return undefined;
  }
}

/** Where the NameNodes' web servers listen: what the config says, else the port that they have by default. */
function nameNodesOf(original: OriginalConfig, property: Property, authority: string): string[] {
  const [host = "", rpcPort] = authority.split(":");
  const addresses = [
    ...original.takeAll("dfs.namenode.http-address"),
    ...original.takeAll("dfs.http.address"),
  ];
  if (addresses.length > 0) {
    return addresses.map(({ value }) => `http://${value.trim().replace(/^0\.0\.0\.0(?=:)/, host)}`);
  }
  const url = `http://${host}:${webPort}`;
  const what =
    rpcPort === undefined
      ? `if ${host} is a nameservice, list the web addresses of its NameNodes instead`
      : `${rpcPort} is the port of Hadoop's RPC`;
  original.note(
    property,
    `sewer.sink: HDFS is written over WebHDFS, at ${url}; ${what}; Hadoop 2 has port 50070 (dfs.namenode.http-address)`,
  );
  return [url];
}

/** Hadoop's own keys that shape the files. */
function blocksOf(original: OriginalConfig): { replication?: number; blockSize?: string } {
  const replication = original.takeNumber("dfs.replication");
  const size = original.take("dfs.blocksize") ?? original.take("dfs.block.size");
  const [, number, unit = ""] = /^([0-9]+)([kmg]?)$/i.exec(size?.value.trim() ?? "") ?? [];
  if (size !== undefined && number === undefined) {
    original.problem(size, `${size.key}: expected bytes, or a number with k, m or g`);
  }
  return {
    ...(replication !== undefined && { replication }),
    ...(number !== undefined && { blockSize: number + (unit === "" ? "B" : `${unit.toUpperCase()}iB`) }),
  };
}
