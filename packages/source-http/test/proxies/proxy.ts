import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A reverse proxy on a free loopback port, with a directory of its own. */
export class Proxy {
  readonly port: number;
  readonly #dir: string;
  readonly #child: ChildProcess;

  private constructor(dir: string, port: number, child: ChildProcess) {
    this.#dir = dir;
    this.port = port;
    this.#child = child;
  }

  /**
   * Starts a proxy in the foreground.
   *
   * @param command the program and its arguments; `FILE` stands for the path of its configuration.
   * @param configuration for a port to listen on.
   */
  static async start(command: readonly string[], configuration: (port: number) => string): Promise<Proxy> {
    const dir = mkdtempSync(join(tmpdir(), "sewer-proxy-"));
    const port = await freePort();
    const file = join(dir, "proxy.conf");
    writeFileSync(file, configuration(port));
    const [program, ...args] = command.map((word) => (word === "FILE" ? file : word));
    const child = spawn(program!, args, { cwd: dir, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += String(text)));
    const ended = once(child, "exit").then(() => {
      throw new Error(`${program} ended at its start: ${output}`);
    });
    // Only its start is of interest: the end is one that the test wants.
    ended.catch(() => {});
    await Promise.race([ended, listens(port)]);
    return new Proxy(dir, port, child);
  }

  async stop(): Promise<void> {
    const closed = once(this.#child, "close");
    this.#child.kill("SIGTERM");
    await closed;
    rmSync(this.#dir, { recursive: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await once(server.close(), "close");
  return port;
}

/** Settles once somebody listens there. */
async function listens(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
