import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { SewerError } from "@sewer/core";
import { testbedErrors } from "./errors.ts";
import { javaEnvironment } from "./java.ts";
import { processFacts } from "./process-identity.ts";
import { tailOfFile } from "./text-tail.ts";

/** `stopped`: no process. `paused`: held by SIGSTOP, its sockets open and silent. */
export type RoleState = "stopped" | "running" | "paused";

/** What a role is made of. */
export interface RoleOptions {
  /** `namenode`, `datanode-1`. */
  readonly name: string;
  /** Where its web server listens, such as `http://127.0.0.1:9870`. */
  readonly httpUrl: string;
  /** Its logs lie here, and it runs in it. */
  readonly folder: string;
  readonly command: string;
  readonly commandArguments: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Asked again and again after a start. */
  readonly isReady: () => Promise<boolean>;
  /** Called whenever it has got a new process. */
  readonly onLaunch: () => void;
  /** How long a start may take, in milliseconds. */
  readonly startMsMax: number;
}

const pollEveryMs = 50;
const stopMsMax = 60_000;

/**
 * One process of the cluster: a JVM that can be ended, held and started again on the same ports and data.
 * One operation at a time.
 */
export class Role {
  readonly name: string;
  readonly httpUrl: string;
  readonly #options: RoleOptions;
  #process: ChildProcess | undefined;
  #isPaused = false;

  constructor(options: RoleOptions) {
    this.name = options.name;
    this.httpUrl = options.httpUrl;
    this.#options = options;
  }

  /** What it is doing now. */
  get state(): RoleState {
    if (this.pid === undefined) return "stopped";
    return this.#isPaused ? "paused" : "running";
  }

  /** The id of its process, while it has one. */
  get pid(): number | undefined {
    const child = this.#process;
    return child?.exitCode === null && child.signalCode === null ? child.pid : undefined;
  }

  /** The end of its log, and of what the JVM printed. */
  get logTail(): string {
    const { folder, name } = this.#options;
    return [tailOfFile(join(folder, `${name}.log`)), tailOfFile(join(folder, "jvm.log"), 10)]
      .filter((tail) => tail !== "")
      .join("\n");
  }

  /** Starts it and waits until it does its work. Fails with `SEWER_TESTBED_ROLE`. */
  async start(): Promise<void> {
    await this.launch();
    await this.waitUntil(this.#options.isReady);
  }

  /** Starts its process and does not wait for more. */
  async launch(): Promise<void> {
    if (this.state !== "stopped") {
      throw new SewerError(testbedErrors.state, `${this.name} is ${this.state} already.`);
    }
    const log = openSync(join(this.#options.folder, "jvm.log"), "a");
    try {
      const child = spawn(this.#options.command, this.#options.commandArguments, {
        cwd: this.#options.folder,
        env: javaEnvironment(this.#options.env),
        stdio: ["ignore", log, log],
      });
      await once(child, "spawn");
      this.#process = child;
      this.#isPaused = false;
      this.#options.onLaunch();
    } finally {
      closeSync(log);
    }
  }

  /** Waits until `condition` holds, while the process lives and within the time limit of a start. */
  async waitUntil(condition: () => Promise<boolean>): Promise<void> {
    const limit = AbortSignal.timeout(this.#options.startMsMax);
    while (!(await condition())) {
      if (this.state === "stopped") throw this.#failure(`ended (${this.#ending()}) before it was ready`);
      if (limit.aborted) throw this.#failure(`was not ready after ${this.#options.startMsMax} ms`);
      await delay(pollEveryMs);
    }
  }

  /** SIGKILL, as a crash: no last write, no goodbye. Settles when the process is gone. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** SIGTERM and its orderly end; after 60 s SIGKILL. A paused one is resumed first. */
  async stop(): Promise<void> {
    this.resume();
    if (!(await this.#end("SIGTERM", stopMsMax))) await this.kill();
  }

  /** Settles when it has no process, whatever ended it. */
  async exited(): Promise<void> {
    if (this.#process !== undefined && this.pid !== undefined) await once(this.#process, "exit");
  }

  /** SIGSTOP: it stays connected and answers nothing. Settles when it is held. */
  async pause(): Promise<void> {
    const pid = this.#livePid();
    process.kill(pid, "SIGSTOP");
    this.#isPaused = true;
    await this.waitUntil(() => Promise.resolve(processFacts(pid)?.isStopped === true));
  }

  /** SIGCONT after {@link pause}; nothing when it is not paused. */
  resume(): void {
    if (this.state !== "paused") return;
    process.kill(this.#livePid(), "SIGCONT");
    this.#isPaused = false;
  }

  /** True when the process is gone, false when it still lives after the time limit. */
  async #end(signal: NodeJS.Signals, msMax?: number): Promise<boolean> {
    const child = this.#process;
    if (child === undefined || this.pid === undefined) return true;
    const exited = once(child, "exit", msMax === undefined ? {} : { signal: AbortSignal.timeout(msMax) });
    child.kill(signal);
    return exited.then(
      () => true,
      () => false,
    );
  }

  #livePid(): number {
    const { pid } = this;
    if (pid === undefined) throw new SewerError(testbedErrors.state, `${this.name} is stopped.`);
    return pid;
  }

  #ending(): string {
    const child = this.#process;
    return child?.signalCode ?? `exit code ${child?.exitCode ?? "none"}`;
  }

  #failure(what: string): SewerError {
    return new SewerError(testbedErrors.role, `${this.name} ${what}. The end of its log:\n${this.logTail}`);
  }
}
