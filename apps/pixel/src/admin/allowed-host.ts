import { isIP } from "node:net";
import { isLoopback } from "../loopback.ts";

/** What decides which `Host` headers the admin port answers. */
export interface HostPolicy {
  /** The address that the port is bound to, as configured. */
  readonly boundHost: string;
  /** This machine's name, full or short. */
  readonly hostname: string;
}

/**
 * True when the request's `Host` names this server. A web page whose own name was made to resolve to a
 * loopback address (DNS rebinding) sends its own name and gets nothing.
 *
 * Bound to a loopback address: only loopback hosts. Bound elsewhere: any address too (an address cannot be
 * rebound), the configured host, and the machine's own name.
 */
export function isAllowedHost(header: string | undefined, policy: HostPolicy): boolean {
  if (header === undefined) return true;
  const host = withoutPort(header).toLowerCase();
  if (isLoopback(host)) return true;
  if (isLoopback(policy.boundHost.toLowerCase())) return false;
  const own = policy.hostname.toLowerCase();
  return isIP(host) !== 0 || [policy.boundHost.toLowerCase(), own, own.split(".")[0]].includes(host);
}

/**
 * True when a request with this `Host` may change something: only over loopback, or at the one address that
 * the port was bound to on purpose.
 */
export function isHostOfOwner(header: string | undefined, { boundHost }: HostPolicy): boolean {
  if (header === undefined) return true;
  const host = withoutPort(header).toLowerCase();
  return isLoopback(host) || (isIP(host) !== 0 && host === boundHost.toLowerCase());
}

function withoutPort(header: string): string {
  const bracketed = /^\[([^\]]*)\](?::[0-9]*)?$/.exec(header);
  return bracketed?.[1] ?? header.replace(/:[0-9]*$/, "");
}
