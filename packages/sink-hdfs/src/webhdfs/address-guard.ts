import { lookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

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
 * Says which addresses a DataNode may have: no link-local one, and loopback only for a NameNode that is on it;
 * any for the NameNode's own host.
 */
export function allowedAddresses(nameNode: URL, dataNode: URL): (address: string) => boolean {
  if (dataNode.hostname === nameNode.hostname) return () => true;
  const name = bareHost(nameNode);
  const isNameNodeHere = name === "localhost" || (isIP(name) !== 0 && isIn(loopback, name));
  return (address) => !isIn(linkLocal, address) && (isNameNodeHere || !isIn(loopback, address));
}

/** Resolves names; `refuse` makes the error of an address that is not allowed. The checked address is the one dialled. */
export function guardedLookup(
  isAllowed: (address: string) => boolean,
  refuse: (hostname: string, address: string) => Error,
): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, []);
      const bad = addresses.find(({ address }) => !isAllowed(address));
      if (bad !== undefined) return callback(refuse(hostname, bad.address), []);
      if (options.all === true) return callback(null, addresses);
      const [first] = addresses;
      callback(null, first?.address ?? "", first?.family);
    });
  };
}

/** The host without the brackets of an IPv6 address. */
export function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

function isIn(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}
