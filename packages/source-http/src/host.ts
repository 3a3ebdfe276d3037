import { isIPv6 } from "node:net";
import { byteOf, hexValueOf, isDigit, isHostByte } from "./byte-classes.ts";

const portMax = 65_535;

/**
 * Checks a Host field's value or a target's authority: reg-name, IPv4 or `[` IPv6 `]`, then an optional
 * `:` port (RFC 9110 section 7.2). No user info, no list.
 *
 * @returns the end of the host without its port, or -1 when `buffer[start, end)` is no host. An empty value
 * is one (RFC 9112 section 3.2); an empty name before a port is not.
 */
export function hostNameEnd(buffer: Uint8Array, start: number, end: number): number {
  if (start < end && buffer[start] === byteOf.bracketOpen) return addressEnd(buffer, start, end);
  let position = start;
  while (position < end) {
    const byte = buffer[position]!;
    if (isHostByte[byte] === 1) {
      position += 1;
    } else if (byte === byteOf.percent && position + 2 < end && isHexPair(buffer, position + 1)) {
      position += 3;
    } else {
      break;
    }
  }
  if (position === end) return end;
  return position > start && isPort(buffer, position, end) ? position : -1;
}

/** `[` IPv6address `]`; no zone, no IPvFuture. */
function addressEnd(buffer: Uint8Array, start: number, end: number): number {
  const close = buffer.indexOf(byteOf.bracketClose, start);
  if (close < 0 || close >= end) return -1;
  const address = Buffer.from(buffer.subarray(start + 1, close)).toString("latin1");
  if (address.includes("%") || !isIPv6(address)) return -1;
  return close + 1 === end || isPort(buffer, close + 1, end) ? close + 1 : -1;
}

/** `:` *DIGIT, at most 65535. Empty is the scheme's own port (RFC 3986 section 3.2.3). */
function isPort(buffer: Uint8Array, start: number, end: number): boolean {
  if (buffer[start] !== byteOf.colon) return false;
  return portOf(buffer, start + 1, end) >= 0;
}

function portOf(buffer: Uint8Array, start: number, end: number): number {
  let port = 0;
  for (let position = start; position < end; position += 1) {
    const byte = buffer[position]!;
    if (!isDigit(byte)) return -1;
    port = port * 10 + byte - byteOf.zero;
    if (port > portMax) return -1;
  }
  return port;
}

function isHexPair(buffer: Uint8Array, position: number): boolean {
  return hexValueOf(buffer[position]!) >= 0 && hexValueOf(buffer[position + 1]!) >= 0;
}

/** A host that {@link hostNameEnd} found valid: `nameEnd` is its answer. */
export interface CheckedHost {
  readonly start: number;
  readonly nameEnd: number;
  readonly end: number;
}

/** True when both name the same host and, a missing port being `defaultPort`, the same port. */
export function isSameHost(
  buffer: Buffer,
  one: CheckedHost,
  other: CheckedHost,
  defaultPort: number,
): boolean {
  const port = (host: CheckedHost): number =>
    host.end - host.nameEnd < 2 ? defaultPort : portOf(buffer, host.nameEnd + 1, host.end);
  const name = (host: CheckedHost): string =>
    buffer.toString("latin1", host.start, host.nameEnd).toLowerCase();
  return port(one) === port(other) && name(one) === name(other);
}
