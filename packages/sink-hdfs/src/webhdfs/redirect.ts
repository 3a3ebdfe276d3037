import { lookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { SewerError } from "@sewer/core";
import { hdfsErrors } from "../errors.ts";

/** What a redirect must lead to. */
export interface ExpectedRedirect {
  /** The NameNode that sent it. */
  readonly nameNode: URL;
  readonly op: string;
  readonly path: string;
}

/** A redirect that was checked. Its URL may hold a token: it is never logged. */
export interface DataNodeLocation {
  /** For the connection: protocol, host and port. */
  readonly url: URL;
  /** Path and query, byte for byte as they came. */
  readonly target: string;
  readonly op: string;
  readonly path: string;
  /** Refuses names that resolve to where no DataNode is. */
  readonly lookup: LookupFunction;
}

/** Here lies this machine, for a NameNode on another one. */
const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8);
loopback.addSubnet("0.0.0.0", 8);
loopback.addAddress("::1", "ipv6");
loopback.addAddress("::", "ipv6");

/** Here lie the metadata services of clouds. */
const linkLocal = new BlockList();
linkLocal.addSubnet("169.254.0.0", 16);
linkLocal.addSubnet("fe80::", 10, "ipv6");

/**
 * Checks where a NameNode redirects to, so that whoever answers in its place cannot make this process write
 * to, or read from, anything but the same file on a DataNode: same scheme, no user, same path after
 * decoding, same operation, no link-local address, no loopback unless the NameNode is on it.
 *
 * @throws SewerError `SEWER_HDFS_REDIRECT`, which never holds the query.
 */
export function checkRedirect(location: string | undefined, expected: ExpectedRedirect): DataNodeLocation {
  const { nameNode, op, path } = expected;
  if (location === undefined || !URL.canParse(location)) throw refused(expected, "its Location is no URL");
  const url = new URL(location);
  if (url.protocol !== nameNode.protocol) throw refused(expected, `it changes the scheme to ${url.protocol}`);
  if (url.username !== "" || url.password !== "") throw refused(expected, "it names a user");
  const target = location.replace(/^[a-z]+:\/\/[^/?#]*/i, "");
  if (decodedPath(target) !== `/webhdfs/v1${path}`) throw refused(expected, "it leads to another path");
  const ops = [...url.searchParams].filter(([name]) => name.toLowerCase() === "op").map(([, value]) => value);
  if (ops.length !== 1 || ops[0]?.toUpperCase() !== op)
    throw refused(expected, "it asks for another operation");
  const isAllowed = allowedAddresses(nameNode, url);
  const address = bareHost(url);
  if (isIP(address) !== 0 && !isAllowed(address)) throw refused(expected, forbidden(url.hostname, address));
  return { url, target, op, path, lookup: guardedLookup(isAllowed, expected) };
}

/** The path of a request target, decoded; undefined when it cannot be. */
function decodedPath(target: string): string | undefined {
  try {
    return decodeURIComponent(target.split(/[?#]/)[0] ?? "");
  } catch {
    return undefined;
  }
}

function allowedAddresses(nameNode: URL, dataNode: URL): (address: string) => boolean {
  if (dataNode.hostname === nameNode.hostname) return () => true;
  const name = bareHost(nameNode);
  const isNameNodeHere = name === "localhost" || (isIP(name) !== 0 && isIn(loopback, name));
  return (address) => !isIn(linkLocal, address) && (isNameNodeHere || !isIn(loopback, address));
}

function guardedLookup(isAllowed: (address: string) => boolean, expected: ExpectedRedirect): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, []);
      const bad = addresses.find(({ address }) => !isAllowed(address));
      if (bad !== undefined) return callback(refused(expected, forbidden(hostname, bad.address)), []);
      if (options.all === true) return callback(null, addresses);
      const [first] = addresses;
      callback(null, first?.address ?? "", first?.family);
    });
  };
}

function isIn(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

/** The host without the brackets of an IPv6 address. */
function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

function forbidden(host: string, address: string): string {
  return `${host} is ${address}, which is no place for a DataNode of a NameNode elsewhere`;
}

function refused({ nameNode, op, path }: ExpectedRedirect, why: string): SewerError {
  const message = `the redirect of NameNode ${nameNode.host} for ${op} ${path} is not followed: ${why}`;
  return new SewerError(hdfsErrors.redirect, message, { context: { host: nameNode.host, op } });
}
