import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { canPin } from "./machine.ts";
import { eventually, findProgram, freePort, linesIn } from "./program.ts";

/** Ends nginx when this process is gone, however it went. */
const untilInputEnds = '"$@" <&- & cat >/dev/null; kill "$!"; wait "$!"';

/** The program; undefined where it is not installed. */
export function findNginx(): string | undefined {
  return findProgram("nginx");
}

/** nginx that answers 204 and logs the fields of our events through a buffer: one worker, on one core. */
export class Nginx {
  readonly port: number;
  readonly #dir: string;
  readonly #child: ChildProcess;
  /** Process id of the one that answers. */
  readonly worker: number;

  private constructor(dir: string, port: number, child: ChildProcess, worker: number) {
    this.#dir = dir;
    this.port = port;
    this.#child = child;
    this.worker = worker;
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
    return Number(readFileSync(`/proc/${this.worker}/schedstat`, "utf8").split(" ")[0]) / 1000;
  }

  /** Waits until the log has a line of each of so many requests, and empties it. */
  async settle(requests: number): Promise<void> {
    const log = join(this.#dir, "access.log");
    await eventually(() => {
      const lines = linesIn(log);
      if (lines > requests) throw new Error(`nginx logged ${lines} of ${requests} requests`);
      return lines === requests ? true : undefined;
    }, `nginx did not log ${requests} requests`);
    truncateSync(log);
  }

  /** The same for a load that was cut off: at least so many. @returns how many lines there are. */
  async settleAtLeast(requests: number): Promise<number> {
    const log = join(this.#dir, "access.log");
    const lines = await eventually(() => {
      const count = linesIn(log);
      return count >= requests ? count : undefined;
    }, `nginx did not log ${requests} requests`);
    truncateSync(log);
    return lines;
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
events { worker_connections 12000; }
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
