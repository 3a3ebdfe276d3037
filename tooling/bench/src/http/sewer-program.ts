import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../../../apps/pixel/src/main.ts", import.meta.url));
/** What the kernel counts CPU time in, in microseconds: USER_HZ is 100 on every Linux. */
const tickUs = 10_000;

/** What is read of the admin port's `/status`. */
interface Status {
  readonly pid: number;
  readonly processes: readonly { readonly pid: number }[];
  readonly flows: readonly { readonly source: { readonly served: number } }[];
}

/** `sewer start` with the events of one flow going to a spool, and nowhere else before it stops. */
export class SewerProgram {
  readonly port: number;
  readonly #admin: string;
  readonly #child: ChildProcessByStdio<null, Readable, null>;
  readonly #pids: readonly number[];

  private constructor(child: ChildProcessByStdio<null, Readable, null>, line: string, status: Status) {
    this.#child = child;
    this.port = Number(/pixel http:\/\/[^:]+:(\d+)/.exec(line)?.[1]);
    this.#admin = adminOf(line);
    this.#pids = [status.pid, ...status.processes.map(({ pid }) => pid)];
  }

  /** @param processes that take events in. */
  static async start(dir: string, processes: number): Promise<SewerProgram> {
    mkdirSync(dir);
    const config = `admin: { port: 0 }
log: { level: error, format: json }
stop: { deliver: 0s }
flows:
  bench:
    source: { type: http, host: 127.0.0.1, port: 0, processes: ${processes} }
    spool: { dir: spool, roll: { every: 1h, size: 8GiB } }
    sink: { type: file, path: '${join(dir, "out")}/x' }
`;
    writeFileSync(join(dir, "sewer.yaml"), config);
    const words = ["--conditions=@sewer/source", program, "start", "-c", join(dir, "sewer.yaml")];
    const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
    const line = await listeningLine(child);
    return new SewerProgram(child, line, await statusOf(adminOf(line)));
  }

  /** Requests answered 204 so far, by all its processes. */
  async served(): Promise<number> {
    const { flows } = await statusOf(this.#admin);
    return flows.reduce((sum, { source }) => sum + source.served, 0);
  }

  /** CPU time of all its processes so far, in microseconds. */
  cpu(): number {
    return this.#pids.reduce((sum, pid) => sum + cpuOf(pid), 0);
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await ended;
  }
}

function adminOf(line: string): string {
  return /admin (\S+)/.exec(line)?.[1] ?? "";
}

async function statusOf(admin: string): Promise<Status> {
  return (await (await fetch(`${admin}/status`)).json()) as Status;
}

async function listeningLine(child: ChildProcessByStdio<null, Readable, null>): Promise<string> {
  let output = "";
  for await (const chunk of child.stdout) {
    output += String(chunk);
    if (output.includes("\n")) return output;
  }
  throw new Error("sewer ended before it was listening");
}

/** utime and stime of proc(5), the 14th and 15th field; the 2nd, the name, may hold blanks. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * tickUs;
}
