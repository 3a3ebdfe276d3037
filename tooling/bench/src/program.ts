import { once } from "node:events";
import { accessSync, closeSync, constants, openSync, readSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { delimiter, join } from "node:path";

const patienceMs = 60_000;
const lookEveryMs = 20;

/** A program of another project; undefined where it is not installed. Servers are often on no user's PATH. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin"];
  return folders
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/**
 * How many lines end in a file; a piece at a time, as a log of some seconds can be more than a buffer may hold.
 *
 * @param from Bytes to pass over.
 */
export function linesIn(file: string, from = 0): number {
  const descriptor = openSync(file, "r");
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  let lines = 0;
  try {
    for (let position = from, read = 1; read > 0; position += read) {
      read = readSync(descriptor, buffer, 0, buffer.length, position);
      const bytes = buffer.subarray(0, read);
      for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines += 1;
    }
  } finally {
    closeSync(descriptor);
  }
  return lines;
}

/** Looks until there is something to give. @throws when that takes a minute. */
export async function eventually<Value>(
  look: () => Value | undefined | Promise<Value | undefined>,
  failure: string,
): Promise<Value> {
  const endMs = performance.now() + patienceMs;
  for (;;) {
    const value = await look();
    if (value !== undefined) return value;
    if (performance.now() > endMs) throw new Error(`${failure} in ${patienceMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

/** A port of loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await once(server.close(), "close");
  return port;
}
