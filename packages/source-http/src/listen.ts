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
}

/**
 * Binds a server.
 *
 * @returns the URL it can be reached by.
 * @throws SewerError with one of {@link httpSourceErrors}.
 */
export async function listen(server: Server, address: ListenAddress): Promise<string> {
  const { host, port } = address;
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error): void => reject(listenError(error, address));
    server.once("error", fail);
    const options: ListenOptions = { host, port, backlog };
    server.listen(options, () => {
      server.off("error", fail);
      resolve();
    });
  });
  const bound = server.address();
  return `http://${bracketed(host)}:${typeof bound === "object" && bound !== null ? bound.port : port}`;
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
