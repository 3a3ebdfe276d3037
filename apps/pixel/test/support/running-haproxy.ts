import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { eventually } from "./eventually.ts";

const startWithinMs = 30_000;

/** A server behind HAProxy. */
export interface ProxiedServer {
  readonly name: string;
  readonly port: number;
  /** Where it answers whether it is ready. */
  readonly statusPort: number;
}

/** HAProxy in front of servers that it asks ten times a second whether they are ready. */
export class RunningHaproxy {
  readonly #child: ChildProcess;
  readonly #socket: string;

  private constructor(child: ChildProcess, socket: string) {
    this.#child = child;
    this.#socket = socket;
  }

  static async start(options: {
    readonly program: string;
    readonly dir: string;
    readonly port: number;
    readonly servers: readonly ProxiedServer[];
  }): Promise<RunningHaproxy> {
    const { program, dir, port, servers } = options;
    const socket = join(dir, "haproxy.sock");
    const lines = servers.map(
      ({ name, ...ports }) =>
        `  server ${name} 127.0.0.1:${ports.port} check port ${ports.statusPort} inter 100ms fall 1 rise 1`,
    );
    const config = `
global
  stats socket ${socket} mode 600
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option redispatch
frontend pixel
  option accept-invalid-http-request
  bind 127.0.0.1:${port}
  default_backend sewer
backend sewer
  option httpchk GET /readyz
${lines.join("\n")}
`;
    await writeFile(join(dir, "haproxy.cfg"), config);
    const child = spawn(program, ["-db", "-f", join(dir, "haproxy.cfg")], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const haproxy = new RunningHaproxy(child, socket);
    for (const { name } of servers) await haproxy.until(name, "UP");
    return haproxy;
  }

  /** Waits until HAProxy knows a server as `UP` or `DOWN`. */
  async until(server: string, state: "UP" | "DOWN"): Promise<void> {
    const isSo = async (): Promise<true | undefined> => {
      const rows = await this.#statistics().catch(() => []);
      return rows.find((row) => row[1] === server)?.[17]?.startsWith(state) === true ? true : undefined;
    };
    await eventually(isSo, {
      limitMs: startWithinMs,
      describe: () => `HAProxy does not see ${server} ${state}`,
    });
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }

  /** Rows of `show stat`: the second column is the server's name, the 18th its state. */
  async #statistics(): Promise<string[][]> {
    const connection = connect(this.#socket);
    connection.end("show stat\n");
    return (await text(connection)).split("\n").map((line) => line.split(","));
  }
}
