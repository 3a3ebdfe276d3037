import type { IncomingHttpHeaders } from "node:http";

/** The header that no form and no page of another site can send: it would need a CORS preflight first. */
export function isFromOwner(headers: IncomingHttpHeaders): boolean {
  return headers["x-sewer-admin"] === "1";
}

/**
 * True for a request that a web page may have made: browsers tell of it by Fetch Metadata, `Origin` or
 * `Referer`, and by their name. JMX tools send none of these and cannot send a header of ours, so this is how
 * Jolokia's `exec` is kept from pages (`<img src="http://127.0.0.1:7777/jolokia/exec/...">`) and left to tools.
 */
export function mayBeFromBrowser(headers: IncomingHttpHeaders): boolean {
  const { origin, referer, "sec-fetch-site": site, "user-agent": agent = "" } = headers;
  return [origin, referer, site].some((value) => value !== undefined) || /mozilla/i.test(agent);
}
