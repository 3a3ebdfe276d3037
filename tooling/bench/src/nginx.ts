import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { canPin } from "./machine.ts";

const patienceMs = 60_000;
const lookEveryMs = 20;

/** Ends nginx when this process is gone, however it went. */
const untilInputEnds = '"$@" <&- & cat >/dev/null; kill "$!"; wait "$!"';

/** The program; undefined where it is not installed. */
export function findNginx(): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin"];
  return folders
    .map((folder) => join(folder, "nginx"))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** nginx that answers 204 and logs the fields of our events through a buffer: one worker, on one core. */
export class Nginx {
  readonly port: number;
  readonly #dir: string;
  readonly #child: ChildProcess;
  readonly #worker: number;

  private constructor(dir: string, port: number, child: ChildProcess, worker: number) {
    this.#dir = dir;
    this.port = port;
    this.#child = child;
    this.#worker = worker;
  }

  /** @param dir An empty directory, for its log and whatever else it needs. */
  static async start(program: string, dir: string, core: number): Promise<Nginx> {
    const port = await freePort();
    writeFileSync(join(dir, "nginx.conf"), configurationOf(port));
    const nginx = [program, "-p", dir, "-c", "nginx.conf", "-e", "stderr"];
    const pinned = canPin() ? ["taskset", "-c", String(core), ...nginx] : nginx;
    const child = spawn("sh", ["-c", untilInputEnds, "sh", ...pinned], {
      stdio: ["pipe", "inherit", "inherit"],
    });
    const worker = await eventually(() => workerOf(join(dir, "nginx.pid")), "nginx did not start");
    return new Nginx(dir, port, child, worker);
  }

  /** CPU time that the worker has used, in microseconds. */
  get cpu(): number {
    // Nanoseconds on a processor come first (Documentation/scheduler/sched-stats.rst of Linux).
    return Number(readFileSync(`/proc/${this.#worker}/schedstat`, "utf8").split(" ")[0]) / 1000;
  }

  /** Waits until the log has a line of each of so many requests, and empties it. */
  async settle(requests: number): Promise<void> {
    const log = join(this.#dir, "access.log");
    await eventually(() => {
      const lines = linesOf(readFileSync(log));
      if (lines > requests) throw new Error(`nginx logged ${lines} of ${requests} requests`);
      return lines === requests ? true : undefined;
    }, `nginx did not log ${requests} requests`);
    truncateSync(log);
  }

  async close(): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.stdin?.end();
    await ended;
  }
}

function configurationOf(port: number): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `
daemon off;
worker_processes 1;
pid nginx.pid;
events { worker_connections 1024; }
http {
  ${temporary.map((kind) => `${kind}_temp_path temporary;`).join(" ")}
  log_format event '$msec\\t$remote_addr\\t$host\\t$request_uri\\t$http_referer\\t$http_user_agent\\t$http_cookie';
  access_log access.log event buffer=256k flush=1s;
  keepalive_requests 1000000000;
  server {
    listen 127.0.0.1:${port};
    location / { return 204; }
  }
}
`;
}

/** The only child of the process that the file names. */
function workerOf(pidFile: string): number | undefined {
  try {
    const pid = readFileSync(pidFile, "utf8").trim();
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return Number(children.trim()) || undefined;
  } catch (error) {
    // Not written yet.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function linesOf(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines += 1;
  return lines;
}

async function eventually<Value>(look: () => Value | undefined, failure: string): Promise<Value> {
  const endMs = performance.now() + patienceMs;
  for (;;) {
    const value = look();
    if (value !== undefined) return value;
    if (performance.now() > endMs) throw new Error(`${failure} in ${patienceMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await once(server.close(), "close");
  return port;
}
