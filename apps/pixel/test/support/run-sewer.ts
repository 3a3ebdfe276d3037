import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";

const fromSource = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** How the program is run. */
export interface RunOptions {
  readonly cwd: string;
  readonly env?: Record<string, string>;
  /** Its entry. @default the source */
  readonly program?: string;
  /** A command and its arguments that run the program. */
  readonly under?: readonly string[];
}

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program as a child process. */
export class RunningSewer {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  #stdout = "";
  #stderr = "";

  constructor(args: readonly string[], options: RunOptions) {
    const { SEWER_CONFIG: _, ...env } = process.env;
    const entry =
      options.program === undefined ? ["--conditions=@sewer/source", fromSource] : [options.program];
    const [command = "", ...rest] = [...(options.under ?? []), process.execPath, ...entry, ...args];
    this.child = spawn(command, rest, {
      cwd: options.cwd,
      env: { ...env, NO_COLOR: "1", ...options.env },
    });
    this.child.stdout.setEncoding("utf8").on("data", (text: string) => (this.#stdout += text));
    this.child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#stderr += text));
    this.child.stdin.on("error", () => {});
    this.ended = once(this.child, "close").then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      stdout: this.#stdout,
      stderr: this.#stderr,
    }));
  }

  /** What it printed so far. */
  get stdout(): string {
    return this.#stdout;
  }

  /** Waits for the line that names the ports. @returns its URLs by name. */
  async listening(): Promise<Readonly<Record<string, string>>> {
    const line = await this.#until(() => /^sewer: listening (.*)\n/m.exec(this.#stdout)?.[1], "stdout");
    return Object.fromEntries([...line.matchAll(/(\w+) (http:\S+)/g)].map(([, name, url]) => [name, url]));
  }

  /** Waits until the log holds what `pattern` matches. */
  async logged(pattern: RegExp): Promise<void> {
    await this.#until(() => (pattern.test(this.#stderr) ? true : undefined), "stderr");
  }

  /** Sends a signal and waits for the end. */
  stop(signal: NodeJS.Signals = "SIGTERM"): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }

  async #until<T>(look: () => T | undefined, stream: "stdout" | "stderr"): Promise<T> {
    const end = this.ended.then(({ code, stdout, stderr }) => {
      throw new Error(`sewer ended with ${code}:\n${stdout}${stderr}`);
    });
    // Whoever comes first decides; the other's rejection is nobody's business then.
    end.catch(() => {});
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      await Promise.race([once(this.child[stream], "data"), end]);
    }
  }
}

/** Runs the program to its end. */
export function runSewer(args: readonly string[], options: RunOptions): Promise<Ended> {
  return new RunningSewer(args, options).ended;
}

/** `count` ports of loopback that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}
