import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { canPin } from "../machine.ts";
import { eventually, freePort, linesIn } from "../program.ts";
import { residentBytes, type Contender } from "./contender.ts";

/** HAProxy that answers 204 itself and logs the fields of our events to a file: one thread, on core 0. */
export class Haproxy implements Contender {
  readonly port: number;
  readonly #log: string;
  readonly #child: ChildProcess;
  /** Bytes that are counted. HAProxy takes O_APPEND away from its output, so it writes on behind what was cut off. */
  #counted = 0;

  private constructor(log: string, port: number, child: ChildProcess) {
    this.#log = log;
    this.port = port;
    this.#child = child;
  }

  static async start(program: string, dir: string): Promise<Haproxy> {
    const port = await freePort();
    const file = join(dir, "haproxy.cfg");
    const log = join(dir, "access.log");
    writeFileSync(file, configurationOf(port));
    const words = [...(canPin() ? ["taskset", "-c", "0"] : []), program, "-db", "-f", file];
    const output = openSync(log, "a");
    const child = spawn(words[0]!, words.slice(1), { stdio: ["ignore", output, "ignore"] });
    closeSync(output);
    await eventually(async () => ((await canConnect(port)) ? true : undefined), "HAProxy did not start");
    return new Haproxy(log, port, child);
  }

  async cpu(): Promise<number> {
    return Number(readFileSync(`/proc/${this.#child.pid}/schedstat`, "utf8").split(" ")[0]) / 1000;
  }

  async memory(): Promise<number> {
    return residentBytes(this.#child.pid!);
  }

  async settle(least: number): Promise<number> {
    const lines = await eventually(() => {
      const count = linesIn(this.#log, this.#counted);
      return count >= least ? count : undefined;
    }, `HAProxy did not log ${least} requests`);
    this.#counted = statSync(this.#log).size;
    truncateSync(this.#log);
    return lines;
  }

  async close(): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await ended;
  }
}

function configurationOf(port: number): string {
  return `
global
  nbthread 1
  maxconn 2000
  log stdout len 8192 format raw local0
defaults
  mode http
  log global
  timeout client 60s
  timeout http-keep-alive 60s
  timeout http-request 60s
frontend pixel
  bind 127.0.0.1:${port}
  http-request capture req.hdr(Host) len 128
  http-request capture req.hdr(Referer) len 1024
  http-request capture req.hdr(User-Agent) len 1024
  http-request capture req.hdr(Cookie) len 1024
  log-format "%Ts.%ms %ci %r %hr"
  http-request return status 204
`;
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
