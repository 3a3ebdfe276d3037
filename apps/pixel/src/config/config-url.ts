import { SewerError } from "@sewer/core";
import { pixelErrors } from "../errors.ts";
import { isLoopback } from "../loopback.ts";

/** True when a config of this name is asked from a server; else it is a file. */
export function isConfigUrl(name: string): boolean {
  return /^https?:\/\//i.test(name);
}

/**
 * Reads the URL of a config.
 *
 * @throws SewerError `SEWER_CONFIG_UNREADABLE`; nothing of a URL that cannot be read is in its message.
 */
export function parseConfigUrl(name: string): URL {
  const url = URL.parse(name);
  if (url === null) throw refused("the config's URL cannot be understood; expected https://host/path");
  if (url.protocol === "http:" && !isLoopback(url.hostname.replace(/^\[|\]$/g, ""))) {
    throw refused(
      `${shownUrl(url)} is not asked: anybody on the way could change a config that comes over plain HTTP; use https (http only for this machine)`,
    );
  }
  return url;
}

/** The URL as messages may show it: user, password and query may be secrets. */
export function shownUrl({ origin, pathname, search }: URL): string {
  return `${origin}${pathname}${search === "" ? "" : "?..."}`;
}

function refused(message: string): SewerError {
  return new SewerError(pixelErrors.configUnreadable, message, { retry: "permanent" });
}
