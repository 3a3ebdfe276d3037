import { BlockList, isIPv4, isIPv6, SocketAddress } from "node:net";

/** The networks whose word about a client's address is believed (docs/specs/http.md, R35). */
export class TrustedNetworks {
  /** One list for each family: in a common one `::/0` would hold every IPv4 address too. */
  readonly #lists = { ipv4: new BlockList(), ipv6: new BlockList() };

  /** @param networks addresses and CIDRs, IPv4 or IPv6; the options have checked them. */
  constructor(networks: readonly string[]) {
    for (const network of networks) {
      const [address = "", prefix] = network.split("/");
      const family = isIPv4(address) ? "ipv4" : "ipv6";
      this.#lists[family].addSubnet(address, Number(prefix ?? (family === "ipv4" ? 32 : 128)), family);
    }
  }

  /** @param address an IP address, an IPv4-mapped one as IPv4; a zone id is not looked at. */
  has(address: string): boolean {
    const [bare = ""] = address.split("%");
    const family = isIPv4(bare) ? "ipv4" : "ipv6";
    return this.#lists[family].check(bare, family);
  }
}

/**
 * An IP address in the one form that is recorded: IPv6 compressed and in lower case, IPv4-mapped as IPv4.
 *
 * @returns undefined for what is none, and for one with a zone, which means nothing on another machine.
 */
export function canonicalAddress(text: string): string | undefined {
  if (isIPv4(text)) return text;
  if (text.includes("%") || !isIPv6(text)) return undefined;
  const { address } = new SocketAddress({ address: text, family: "ipv6" });
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1] ?? address;
}
