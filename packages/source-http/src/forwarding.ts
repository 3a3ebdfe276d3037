import { byteOf } from "./byte-classes.ts";
import type { FieldNames } from "./field-names.ts";
import { forwardedHops, listedHops, type Hop, type SplitHops } from "./forwarded-hops.ts";
import { hostNameEnd } from "./host.ts";
import type { RequestHead } from "./request-head.ts";
import { canonicalAddress, TrustedNetworks } from "./trusted-networks.ts";

/** Of the forwarding fields, so many bytes from the end are looked at, and so many addresses. */
const bytesMax = 4096;
const hopsMax = 32;

/** The field whose host is believed with `forwardedHost`. */
export const forwardedHostName = "x-forwarded-host";

/** An address with an optional port; IPv6 in brackets, or bare without one. */
const node = /^(?:\[([0-9A-Fa-f:.]+)\](?::\d{1,5})?|(\d+\.\d+\.\d+\.\d+)(?::\d{1,5})?|([0-9A-Fa-f:.]+))$/;

/** What {@link Forwarding} needs. */
export interface ForwardingOptions {
  readonly names: FieldNames;
  readonly trustedProxies: readonly string[];
  /** The one field that is believed. */
  readonly header: string;
  readonly isHostTaken: boolean;
}

/** What trusted proxies say of the client they speak for (docs/specs/http.md, R35 and R36). */
export class Forwarding {
  readonly #networks: TrustedNetworks;
  readonly #field: number;
  readonly #hostField: number;
  readonly #split: SplitHops;

  constructor({ names, trustedProxies, header, isHostTaken }: ForwardingOptions) {
    this.#networks = new TrustedNetworks(trustedProxies);
    this.#field = names.numberOf(header);
    this.#hostField = isHostTaken ? names.numberOf(forwardedHostName) : -1;
    this.#split = header.toLowerCase() === "forwarded" ? forwardedHops : listedHops;
  }

  /** True when the peer with this address, as it is recorded, is believed. */
  isTrusted(peer: Buffer): boolean {
    return this.#networks.has(peer.toString("latin1"));
  }

  /**
   * The client's address, for a request of a trusted peer: from the end of the last field on, the first address
   * that is not trusted. What is no address ends the search at the hop before it.
   */
  addressOf(head: RequestHead, buffer: Buffer, peer: Buffer): Buffer {
    const { noted } = head;
    let address: string | undefined;
    let bytesLeft = bytesMax;
    let hopsLeft = hopsMax;
    for (let index = head.notedCount - 1; index >= 0; index -= 1) {
      if (noted[3 * index] !== this.#field) continue;
      const [start, end] = [noted[3 * index + 1]!, noted[3 * index + 2]!];
      bytesLeft -= end - start;
      if (bytesLeft < 0) break;
      const hops = this.#split(buffer.toString("latin1", start, end));
      for (let at = hops.length - 1; at >= 0; at -= 1) {
        const hop = hopsLeft > 0 ? addressIn(hops[at]) : undefined;
        if (hop === undefined) return address === undefined ? peer : Buffer.from(address, "latin1");
        address = hop;
        hopsLeft -= 1;
        if (!this.#networks.has(hop)) return Buffer.from(hop, "latin1");
      }
    }
    return address === undefined ? peer : Buffer.from(address, "latin1");
  }

  /** Takes the host that the nearest proxy was asked for, if it is one; else Host stays. */
  takeHost(head: RequestHead, buffer: Buffer): void {
    const { noted } = head;
    for (let index = head.notedCount - 1; index >= 0; index -= 1) {
      if (noted[3 * index] !== this.#hostField) continue;
      const end = noted[3 * index + 2]!;
      let start = end;
      while (start > noted[3 * index + 1]! && buffer[start - 1] !== byteOf.comma) start -= 1;
      while (start < end && (buffer[start] === byteOf.space || buffer[start] === byteOf.tab)) start += 1;
      const nameEnd = hostNameEnd(buffer, start, end);
      if (nameEnd <= start) return;
      head.hostNameStart = start;
      head.hostNameEnd = nameEnd;
      return;
    }
  }
}

/** The address of one hop, without its port; undefined for `unknown`, `_hidden` and whatever is none. */
function addressIn(hop: Hop): string | undefined {
  const parts = node.exec(hop?.replaceAll(/^[ \t]+|[ \t]+$/g, "") ?? "");
  const [, bracketed, four, bare] = parts ?? [];
  const text = bracketed ?? four ?? bare;
  return text === undefined ? undefined : canonicalAddress(text);
}
