import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { SewerError } from "@sewer/core";
import { testbedErrors } from "./errors.ts";
import { jvmArguments, type Hadoop } from "./hadoop.ts";
import { javaEnvironment } from "./java.ts";
import { tailOfFile, tailOfText } from "./text-tail.ts";

/** Where a {@link ToolServer} works. */
export interface ToolServerOptions {
  readonly hadoop: Hadoop;
  readonly configuration: string;
  /** Its log lies here. */
  readonly folder: string;
  readonly user: string;
  /** Called whenever it has got a new process. */
  readonly onLaunch: () => void;
}

type ServerProcess = ChildProcessByStdio<Writable, Readable, null>;

/**
 * One JVM that runs Hadoop's tools, one at a time in the order of the calls. It starts at the first call, which
 * takes half a second or more; the others take milliseconds.
 */
export class ToolServer {
  readonly #options: ToolServerOptions;
  readonly #log: string;
  #process: ServerProcess | undefined;
  #answers: AsyncIterator<string> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: ToolServerOptions) {
    this.#options = options;
    this.#log = join(options.folder, "tools.log");
  }

  /** The id of its process, while it has one. */
  get pid(): number | undefined {
    const child = this.#process;
    return child?.exitCode === null && child.signalCode === null ? child.pid : undefined;
  }

  /**
   * Runs a tool and gives what it printed. An exit code that is not 0 and the time limit fail with
   * `SEWER_TESTBED_TOOL`.
   */
  async run(mainClass: string, toolArguments: readonly string[], msMax = 60_000): Promise<string> {
    const run = this.#last.then(() => this.#run(mainClass, toolArguments, msMax));
    this.#last = run.catch(() => {});
    return run;
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || this.pid === undefined) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  async #run(mainClass: string, toolArguments: readonly string[], msMax: number): Promise<string> {
    if (this.pid === undefined) await this.#launch();
    const title = `${mainClass.split(".").at(-1)} ${toolArguments.join(" ")}`;
    this.#process?.stdin.write(`${[mainClass, ...toolArguments].map(encode).join(" ")}\n`);
    const limit = setTimeout(() => this.#process?.kill("SIGKILL"), msMax);
    const answer = await this.#answers?.next();
    clearTimeout(limit);
    if (answer === undefined || answer.done === true) {
      // Its answers end before it does, and the next call must not meet it.
      await this.kill();
      const how = `was ended, at the latest by the time limit of ${msMax} ms`;
      throw new SewerError(testbedErrors.tool, `${title}: ${how}\n${tailOfFile(this.#log)}`);
    }
    const [exitCode, output = ":", errors = ":"] = answer.value.split(" ");
    if (exitCode === "0") return decode(output);
    const tail = tailOfText(decode(errors).trim() === "" ? decode(output) : decode(errors));
    throw new SewerError(testbedErrors.tool, `${title}: exit code ${exitCode}\n${tail}`);
  }

  async #launch(): Promise<void> {
    const { hadoop, configuration, user, onLaunch } = this.#options;
    const jvm = {
      kind: "client",
      mainClass: "ToolServer",
      folders: [configuration, hadoop.toolClasses],
    } as const;
    const log = openSync(this.#log, "a");
    try {
      const child = spawn(hadoop.java.java, jvmArguments(hadoop, jvm), {
        stdio: ["pipe", "pipe", log],
        env: javaEnvironment({ HADOOP_USER_NAME: user }),
      }) as ServerProcess;
      // An end of the process shows as the end of its answers.
      child.stdin.on("error", () => {});
      await once(child, "spawn");
      this.#process = child;
      this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      onLaunch();
    } finally {
      closeSync(log);
    }
  }
}

function encode(word: string): string {
  return `:${Buffer.from(word).toString("base64")}`;
}

function decode(word: string): string {
  return Buffer.from(word.slice(1), "base64").toString("utf8");
}
