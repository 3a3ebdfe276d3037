import cluster, { type Worker } from "node:cluster";
import { SewerError, type Clock, type Logger } from "@sewer/core";
import type { Config } from "../config/config.ts";
import { pixelErrors } from "../errors.ts";
import { version } from "../version.ts";
import {
  protocolVersion,
  type FlowAddresses,
  type Notice,
  type Order,
  type ProcessReport,
  type QuestionName,
  type Questions,
} from "./messages.ts";
import { PendingAnswers } from "./pending-answers.ts";
import type { ProcessEnd, ProcessStatus } from "./process-status.ts";
import { RestartDelay } from "./restart-delay.ts";

const answerWithinMs = 5000;
/** One that answers nothing for so long hangs: it is killed, and started again. */
const silentMsMax = 60_000;

/** What a {@link SupervisedProcess} needs. */
export interface SupervisedProcessOptions {
  readonly name: string;
  readonly run: Extract<Order, { type: "run" }>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** It says that something happened which other processes want to know. */
  readonly onNotice: (notice: Extract<Notice, { type: "sealed" | "freed" }>) => void;
  /** It ended; nothing more comes from it. */
  readonly onEnd: () => void;
}

/** One process of the server: started, asked, stopped, and started again whenever it ends by itself. */
export class SupervisedProcess {
  readonly name: string;
  readonly #options: SupervisedProcessOptions;
  readonly #answers: PendingAnswers;
  readonly #delay = new RestartDelay();
  #run: Extract<Order, { type: "run" }>;
  readonly #firstReady = Promise.withResolvers<void>();
  #state: ProcessStatus["state"] = "ended";
  #worker: Worker | undefined;
  #addresses: readonly FlowAddresses[] = [];
  #startedMs = 0;
  /** When the first of the questions was asked that were not answered since the last answer. */
  #silentSinceMs: number | undefined;
  #wasReady = false;
  #restarts = 0;
  #failure: SewerError | undefined;
  #lastEnd: ProcessEnd | undefined;
  #nextStartMs: number | undefined;
  #cancelRestart = (): void => {};
  #stopped: PromiseWithResolvers<boolean> | undefined;

  constructor(options: SupervisedProcessOptions) {
    this.name = options.name;
    this.#options = options;
    this.#run = options.run;
    this.#answers = new PendingAnswers(options.clock);
  }

  /** The URLs of its sources, once it was ready. */
  get addresses(): readonly FlowAddresses[] {
    return this.#addresses;
  }

  get status(): ProcessStatus {
    return {
      name: this.name,
      pid: this.#worker?.process.pid,
      state: this.#state,
      restarts: this.#restarts,
      lastEnd: this.#lastEnd,
      nextStartMs: this.#nextStartMs,
    };
  }

  /** True while there is a process that may hold records in memory. */
  get isAlive(): boolean {
    return this.#worker !== undefined;
  }

  /**
   * Starts it for the first time; settles when it is ready. A process that was ready once is always started
   * again, one that was not is given up.
   *
   * @throws SewerError what it could not open, or `SEWER_PROCESS_ENDED`.
   */
  start(): Promise<void> {
    this.#fork();
    return this.#firstReady.promise;
  }

  /** Tells it something; nothing happens when there is no process, or it is about to end. */
  tell(order: Order): void {
    // A process that has just ended is no news here: its end is on its way.
    this.#worker?.send(order, () => {});
  }

  /**
   * Has it go on with another config, now and whenever it is started again.
   *
   * @param withinMs how long that may take.
   * @throws Error when it cannot; then it goes on with what it had.
   */
  async reload(config: Config, withinMs: number): Promise<void> {
    // One that waits to be started again begins with it.
    if (this.#worker !== undefined) await this.ask("reload", config, withinMs);
    this.#run = { ...this.#run, config };
  }

  /** Asks how it stands. Asked every now and then, it also finds out that it hangs. @throws as {@link ask} */
  async report(): Promise<ProcessReport> {
    const askedMs = this.#options.clock.monotonic();
    try {
      const report = await this.ask("report", null);
      this.#silentSinceMs = undefined;
      return report;
    } catch (error) {
      if (this.#state === "running") this.#isSilent(askedMs);
      throw error;
    }
  }

  /** @throws Error when there is no process, or no answer within 5 s, or `withinMs`. */
  async ask<Name extends QuestionName>(
    name: Name,
    input: Questions[Name]["input"],
    withinMs = answerWithinMs,
  ): Promise<Questions[Name]["answer"]> {
    if (this.#worker === undefined) throw new Error(`process ${this.name} does not run`);
    const send = (id: number): void => this.tell({ type: "ask", id, name, input });
    return (await this.#answers.ask(withinMs, send)) as Questions[Name]["answer"];
  }

  /**
   * Has it close within `budgetMs` and waits for its end. A second call gives the result of the first.
   *
   * @param killAfterMs when it is killed.
   * @returns false when it did not end as it should.
   */
  stop(budgetMs: number, killAfterMs: number): Promise<boolean> {
    if (this.#stopped !== undefined) return this.#stopped.promise;
    const stopped = Promise.withResolvers<boolean>();
    this.#stopped = stopped;
    this.#cancelRestart();
    this.#nextStartMs = undefined;
    if (this.#worker === undefined) {
      this.#state = "ended";
      stopped.resolve(true);
      return stopped.promise;
    }
    const { clock, logger } = this.#options;
    this.#state = "stopping";
    const cancelKill = clock.schedule(killAfterMs, () => {
      logger.error(
        { process: this.name },
        "a process does not close; killing it, what is in the spool stays there",
      );
      this.kill();
    });
    this.tell({ type: "stop", budgetMs });
    return stopped.promise.finally(cancelKill);
  }

  /** Ends it at once. */
  kill(): void {
    this.#worker?.process.kill("SIGKILL");
  }

  /** More than one question has to fail: after a pause of this process the first may have been answered unheard. */
  #isSilent(askedMs: number): void {
    const { clock, logger } = this.#options;
    this.#silentSinceMs ??= askedMs;
    if (this.#silentSinceMs === askedMs || clock.monotonic() - this.#silentSinceMs < silentMsMax) return;
    const message = `a process has not answered for ${silentMsMax / 1000} s; killing it, what is in the spool stays there`;
    logger.error({ process: this.name }, message);
    this.kill();
  }

  #fork(): void {
    this.#silentSinceMs = undefined;
    this.#state = "starting";
    this.#failure = undefined;
    this.#nextStartMs = undefined;
    this.#startedMs = this.#options.clock.monotonic();
    const worker = cluster.fork();
    this.#worker = worker;
    worker.on("message", (notice: Notice) => this.#heard(notice));
    const exited = new Promise<Pick<ProcessEnd, "code" | "signal">>((resolve) => {
      worker.on("exit", (code: number | null, signal: string | null) => resolve({ code, signal }));
      worker.on("error", (error) => {
        this.#failure ??= endedError(this.name, error.message, error);
        if (worker.process.pid === undefined) resolve({ code: null, signal: null });
      });
    });
    // What it said last may come after its end.
    const silent = new Promise<void>((resolve) => {
      worker.on("disconnect", () => resolve());
      worker.on("error", () => worker.process.pid === undefined && resolve());
    });
    void Promise.all([exited, silent]).then(([end]) => this.#ended(end));
  }

  #heard(notice: Notice): void {
    switch (notice.type) {
      case "hello":
        return this.#greeted(notice);
      case "ready":
        this.#addresses = notice.addresses;
        if (this.#state === "starting") this.#state = "running";
        this.#wasReady = true;
        this.#firstReady.resolve();
        return;
      case "failed":
        this.#failure = new SewerError(notice.code, notice.message, { retry: "permanent" });
        return;
      case "answer":
        return this.#answers.answered(notice.id, notice.value);
      case "unanswered":
        return this.#answers.failed(notice.id, notice.reason);
      case "sealed":
      case "freed":
        return this.#options.onNotice(notice);
    }
  }

  #greeted({ protocol, version: theirs }: Extract<Notice, { type: "hello" }>): void {
    if (protocol === protocolVersion && theirs === version) return this.tell(this.#run);
    const message = `the program on disk is version ${theirs} and this one ${version}: stop it and start it again`;
    this.#failure = new SewerError(pixelErrors.processVersion, message, { retry: "permanent" });
    this.kill();
  }

  #ended({ code, signal }: Pick<ProcessEnd, "code" | "signal">): void {
    const { clock, logger, onEnd } = this.#options;
    this.#worker = undefined;
    this.#answers.failAll(`process ${this.name} has ended`);
    onEnd();
    const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
    if (this.#state === "stopping" || !this.#wasReady) {
      this.#state = "ended";
      this.#firstReady.reject(this.#failure ?? endedError(this.name, `before it was ready: ${how}`));
      this.#stopped?.resolve(code === 0);
      return;
    }
    const reason = this.#failure?.message;
    this.#lastEnd = { code, signal, reason, atMs: clock.now() };
    const restartInMs = this.#delay.next(clock.monotonic() - this.#startedMs);
    this.#state = "waiting";
    this.#nextStartMs = clock.now() + restartInMs;
    const fields = { process: this.name, code, signal, reason, restartInMs };
    logger.warn(fields, "a process has ended by itself; it is started again");
    this.#cancelRestart = clock.schedule(restartInMs, () => {
      this.#restarts += 1;
      this.#fork();
    });
  }
}

function endedError(name: string, how: string, cause?: unknown): SewerError {
  return new SewerError(pixelErrors.processEnded, `process ${name} ended ${how}`, { cause });
}
