import { SewerError } from "@sewer/core";
import type { ListenOptions, Server } from "node:net";
import { httpSourceErrors } from "./errors.ts";

/** Connections that the kernel keeps ready for accept(2); it may allow fewer (net.core.somaxconn). */
const backlog = 4096;

/** Where to listen. Port 0 takes a free one. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  /** The config key to change when the port cannot be had. */
  readonly key: string;
  /**
   * Other processes may bind the same port so, and the kernel spreads connections over all of them
   * (SO_REUSEPORT). Where the system cannot, the port is bound without; workers of node:cluster then share
   * their primary's socket. @default false
   */
  readonly reusePort?: boolean;
}

/**
 * Binds a server.
 *
 * @returns the URL it can be reached by.
 * @throws SewerError with one of {@link httpSourceErrors}.
 */
export async function listen(server: Server, address: ListenAddress): Promise<string> {
  const { host, port, reusePort = false } = address;
  try {
    await bind(server, { host, port, backlog, reusePort });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (reusePort && (code === "ENOTSUP" || code === "ENOPROTOOPT")) {
      return listen(server, { ...address, reusePort: false });
    }
    throw listenError(error as Error, address);
  }
  const bound = server.address();
  return `http://${bracketed(host)}:${typeof bound === "object" && bound !== null ? bound.port : port}`;
}

function bind(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** Closes a server that may never have listened. Settles when its last connection is gone. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

function listenError(error: NodeJS.ErrnoException, { host, port, key }: ListenAddress): SewerError {
  const where = `${bracketed(host)}:${port}`;
  const make = (code: string, message: string): SewerError =>
    new SewerError(code, message, { retry: "permanent", context: { host, port }, cause: error });
  switch (error.code) {
    case "EADDRINUSE":
      return make(
        httpSourceErrors.portInUse,
        `${where} is in use by another program: stop it, or set another ${key}`,
      );
    case "EACCES":
    case "EPERM":
      return make(
        httpSourceErrors.portForbidden,
        `this user may not listen on ${where}: set a ${key} of 1024 or more, or grant the right (CAP_NET_BIND_SERVICE)`,
      );
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return make(
        httpSourceErrors.addressUnavailable,
        `${host} is no address of this machine: set the source's host to one of its own, or to 0.0.0.0`,
      );
    case undefined:
    default:
      return make(httpSourceErrors.listenFailed, `cannot listen on ${where}: ${error.message}`);
  }
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
