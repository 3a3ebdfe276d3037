import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { canPin } from "./machine.ts";

const askWithinMs = 300_000;
const closeWithinMs = 10_000;

/** What one process asks the other. */
export interface Ask {
  readonly id: number;
  readonly what: string;
  readonly argument: unknown;
}

/** What comes back. */
export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** Where a role runs and on what it works. */
export interface RoleOptions {
  /** Core that it is bound to, where that can be done; undefined: any. */
  readonly core?: number;
  readonly arguments?: readonly string[];
}

/**
 * A program of `roles/` in a process of its own: what is measured shares neither heap nor compiled code with
 * what it is compared with. It ends when this process ends.
 */
export class RoleProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  readonly #ended: Promise<void>;
  readonly #name: string;
  #lastId = 0;

  constructor(name: string, options: RoleOptions = {}) {
    this.#name = name;
    const program = fileURLToPath(new URL(`./roles/${name}.ts`, import.meta.url));
    const node = [process.execPath, "--conditions=@sewer/source", program, ...(options.arguments ?? [])];
    const isPinned = options.core !== undefined && canPin();
    const [command = "", ...words] = isPinned ? ["taskset", "-c", String(options.core), ...node] : node;
    this.#child = spawn(command, words, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.#child.on("message", (answer) => this.#answered(answer as Answer));
    this.#child.on("error", (error) => this.#failAll(error));
    this.#ended = new Promise((resolve) => {
      this.#child.once("exit", (code, signal) => {
        this.#failAll(new Error(`the process ${name} ended: ${code ?? signal}`));
        resolve();
      });
    });
  }

  /** Asks it to do something and gives its answer. */
  async ask<Value>(what: string, argument?: unknown): Promise<Value> {
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(id, { resolve, reject });
    const message: Ask = { id, what, argument };
    this.#child.send(message, (error) => {
      if (error !== null) reject(error);
    });
    const late = setTimeout(() => {
      this.#child.kill("SIGKILL");
      reject(new Error(`${this.#name} did not answer "${what}" in ${askWithinMs} ms`));
    }, askWithinMs);
    try {
      return (await promise) as Value;
    } finally {
      clearTimeout(late);
      this.#waiting.delete(id);
    }
  }

  /** Ends it; settles when it is gone. */
  async close(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    const late = setTimeout(() => this.#child.kill("SIGKILL"), closeWithinMs);
    await this.#ended;
    clearTimeout(late);
  }

  #answered(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    if (answer.error === undefined) waiting?.resolve(answer.value);
    else waiting?.reject(new Error(`${this.#name}: ${answer.error}`));
  }

  #failAll(error: Error): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}
