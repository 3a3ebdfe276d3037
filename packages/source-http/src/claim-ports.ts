import { createServer } from "node:net";
import { closeServer, listen } from "./listen.ts";
import type { ResolvedHttpSourceOptions } from "./options.ts";

/**
 * Finds out which ports several sources are about to share. Sockets with SO_REUSEPORT do not notice that a port
 * is in use by another program of the same user, and each would make another port of port 0; so both ports
 * are bound for a moment without it.
 *
 * @throws SewerError with one of the codes of `httpSourceErrors`.
 */
export async function claimHttpPorts(
  options: Pick<ResolvedHttpSourceOptions, "host" | "port" | "statusPort">,
): Promise<{ readonly port: number; readonly statusPort: number }> {
  const { host } = options;
  const pixel = createServer((socket) => socket.destroy());
  const status = createServer((socket) => socket.destroy());
  try {
    const statusUrl = await listen(status, { host, port: options.statusPort, key: "statusPort" });
    const pixelUrl = await listen(pixel, { host, port: options.port, key: "port" });
    return { port: portOf(pixelUrl), statusPort: portOf(statusUrl) };
  } finally {
    await Promise.all([closeServer(pixel), closeServer(status)]);
  }
}

/** A URL leaves its scheme's own port away. */
function portOf(url: string): number {
  return Number(new URL(url).port || 80);
}
