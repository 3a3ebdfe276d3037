import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The real `sewer` program as a child process, run from source. */
export class SewerProcess {
  readonly child: ChildProcess;
  /** Settles when the process has ended. */
  readonly ended: Promise<ProcessEnd>;
  #stdout = "";
  #stderr = "";

  /** @param options `under`: a command that the program is run by, as the last of its arguments. */
  constructor(
    args: readonly string[],
    options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv; readonly under?: readonly string[] },
  ) {
    const command = [process.execPath, "--conditions=@sewer/source", program, ...args];
    const [file = "", ...rest] = [...(options.under ?? []), ...command];
    this.child = spawn(file, rest, {
      cwd: options.cwd,
      env: { ...process.env, NO_COLOR: "1", ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.#stdout += text));
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#stderr += text));
    this.ended = once(this.child, "close").then(([code, signal]) => ({
      code,
      signal,
      stdout: this.#stdout,
      stderr: this.#stderr,
    }));
  }

  /** Waits for the line that says that every port is bound. Fails, with what it printed, when the process ends first. */
  async listening(): Promise<this> {
    const end = this.ended.then(({ code, stderr }) => {
      throw new Error(`sewer ended with ${code} before it listened:\n${stderr}`);
    });
    const line = (async () => {
      while (!/^sewer: listening.*\n/m.test(this.#stdout)) await once(this.child.stdout!, "data");
    })();
    await Promise.race([line, end]);
    return this;
  }

  /** Sends a signal and waits for the end. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<ProcessEnd> {
    this.child.kill(signal);
    return await this.ended;
  }
}

/** Runs `sewer` to its end. */
export async function runSewer(args: readonly string[], cwd: string): Promise<ProcessEnd> {
  return await new SewerProcess(args, { cwd }).ended;
}

/** `count` ports that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

/** Runs `probe` until it gives a value, at most `limitMs`; then fails with what `describe` says. */
export async function eventually<T>(
  probe: () => Promise<T | undefined>,
  { limitMs, describe }: { readonly limitMs: number; readonly describe: () => string },
): Promise<T> {
  const endMs = performance.now() + limitMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (performance.now() > endMs) throw new Error(`not within ${limitMs} ms: ${describe()}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
