import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { canPin } from "./machine.ts";

/** How a JVM is started. */
export interface JavaProcessOptions {
  /** The program `java`. */
  readonly java: string;
  readonly arguments: readonly string[];
  /** Core that it is bound to, where that can be done. */
  readonly core: number;
}

/** A Java program that answers one line of its input with one of its output; it ends when its input does. */
export class JavaProcess {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor({ java, arguments: words, core }: JavaProcessOptions) {
    const [command, ...rest] = canPin() ? ["taskset", "-c", String(core), java, ...words] : [java, ...words];
    this.#child = spawn(command, rest, { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /** @throws when it has ended. */
  async ask(question: string): Promise<string> {
    this.#child.stdin!.write(`${question}\n`);
    const answer = await this.#lines.next();
    if (answer.done === true) throw new Error(`the Java program ended at "${question}"`);
    return answer.value;
  }

  /** Ends it; settles when it is gone. */
  async close(): Promise<void> {
    const ended = this.#child.exitCode === null ? once(this.#child, "exit") : undefined;
    this.#child.stdin!.end();
    await ended;
  }
}
