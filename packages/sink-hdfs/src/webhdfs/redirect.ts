import { isIP, type LookupFunction } from "node:net";
import type { SewerError } from "@sewer/core";
import { hdfsErrors } from "../errors.ts";
import { allowedAddresses, bareHost, guardedLookup } from "./address-guard.ts";
import { dialOf, portOf, type DataNodeMap, type DialAddress } from "./datanode-map.ts";
import { errorOf } from "./faults.ts";

/** What a redirect must lead to. */
export interface ExpectedRedirect {
  /** The NameNode that sent it. */
  readonly nameNode: URL;
  readonly op: string;
  readonly path: string;
  /** DataNodes that are dialled elsewhere. The operator named them, so any port and address of theirs is allowed. */
  readonly map: DataNodeMap;
  /** Ports of the other DataNodes. */
  readonly isPortAllowed: (port: number) => boolean;
}

/** A redirect that was checked. Its URL may hold a token: it is never logged. */
export interface DataNodeLocation {
  /** Protocol, and the name by which HDFS knows the DataNode. */
  readonly url: URL;
  /** Where it is dialled. */
  readonly dial: DialAddress;
  /** Path and query, byte for byte as they came. */
  readonly target: string;
  readonly op: string;
  readonly path: string;
  /** Refuses names that resolve to where no DataNode is; undefined where any address will do. */
  readonly lookup: LookupFunction | undefined;
}

/** Netty's limit for `PUT target HTTP/1.1`. */
const targetBytesMax = 4096 - "PUT  HTTP/1.1\r\n".length;

/**
 * Checks where a NameNode redirects to, so that whoever answers in its place cannot make this process write
 * to, or read from, anything but the same file on a DataNode: same scheme, no user, same path after
 * decoding, same operation, a DataNode's port, no link-local address, no loopback unless the NameNode is on it.
 *
 * @throws SewerError `SEWER_HDFS_REDIRECT`, which never holds the query.
 */
export function checkRedirect(location: string | undefined, expected: ExpectedRedirect): DataNodeLocation {
  const { nameNode, op, path, map, isPortAllowed } = expected;
  if (location === undefined || !URL.canParse(location)) throw refused(expected, "its Location is no URL");
  const url = new URL(location);
  if (url.protocol !== nameNode.protocol) throw refused(expected, `it changes the scheme to ${url.protocol}`);
  if (url.username !== "" || url.password !== "") throw refused(expected, "it names a user");
  const target = location.replace(/^[a-z]+:\/\/[^/?#]*/i, "");
  if (decodedPath(target) !== `/webhdfs/v1${path}`) throw refused(expected, "it leads to another path");
  const ops = [...url.searchParams].filter(([name]) => name.toLowerCase() === "op").map(([, value]) => value);
  if (ops.length !== 1 || ops[0]?.toUpperCase() !== op)
    throw refused(expected, "it asks for another operation");
  if (target.length > targetBytesMax) {
    throw refused(expected, `it has ${target.length} bytes, DataNodes take ${targetBytesMax}`);
  }
  const checked = { url, target, op, path };
  const mapped = dialOf(map, url);
  if (mapped !== undefined) return { ...checked, dial: mapped, lookup: undefined };
  if (url.host !== nameNode.host && !isPortAllowed(portOf(url))) {
    const what = `port ${portOf(url)} of ${url.hostname} is not known as a DataNode's`;
    throw refused(expected, `${what}; if it is one, add it to datanodePorts`);
  }
  const isAllowed = allowedAddresses(nameNode, url);
  const host = bareHost(url);
  if (isIP(host) !== 0 && !isAllowed(host)) throw refused(expected, forbidden(url.hostname, host));
  const lookup = guardedLookup(isAllowed, (name, address) => refused(expected, forbidden(name, address)));
  return { ...checked, dial: { host, port: portOf(url) }, lookup };
}

/** The path of a request target, decoded; undefined when it cannot be. */
function decodedPath(target: string): string | undefined {
  try {
    return decodeURIComponent(target.split(/[?#]/)[0] ?? "");
  } catch {
    return undefined;
  }
}

function forbidden(host: string, address: string): string {
  return `${host} is ${address}, which is no place for a DataNode of a NameNode elsewhere; if it is one, name it in datanodeMap`;
}

function refused({ nameNode, op, path }: ExpectedRedirect, why: string): SewerError {
  const message = `the redirect of NameNode ${nameNode.host} for ${op} ${path} is not followed: ${why}`;
  return refusedRedirect(message, { host: nameNode.host, op });
}

/** The error of a redirect that is not followed: somebody has to look who answers there, or to name an option. */
export function refusedRedirect(
  message: string,
  context: SewerError["context"],
  cause?: unknown,
): SewerError {
  const verdict = { rule: "redirect", code: hdfsErrors.redirect, action: "blocked" } as const;
  return errorOf({ ...verdict, scope: "sink", retry: "temporary" }, message, context, cause);
}
