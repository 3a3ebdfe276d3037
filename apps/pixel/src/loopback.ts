import { isIP } from "node:net";

/** True for a name or address, without brackets and in lower case, that leads to this machine only. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}
