import assert from "node:assert";
import cluster from "node:cluster";
import type { Notice, Order } from "./messages.ts";
import type { Work } from "./work.ts";

/** A process's end of the channel to its supervisor. */
export class SupervisorLink {
  /** The first order. */
  readonly run: Promise<Extract<Order, { type: "run" }>>;
  /** Settles when the process is to close: with its time for that, or undefined when the supervisor is gone. */
  readonly stop: Promise<number | undefined>;
  #work: Pick<Work, "answers" | "heard"> | undefined;
  #sent: Promise<void> = Promise.resolve();

  constructor() {
    const { worker } = cluster;
    assert(worker !== undefined, "only a process that the supervisor started has a supervisor");
    const run = Promise.withResolvers<Extract<Order, { type: "run" }>>();
    const stop = Promise.withResolvers<number | undefined>();
    this.run = run.promise;
    this.stop = stop.promise;
    worker.on("message", (order: Order) => {
      if (order.type === "run") run.resolve(order);
      else if (order.type === "stop") stop.resolve(order.budgetMs);
      else if (order.type === "ask") void this.#answer(order);
      else this.#work?.heard(order);
    });
    worker.on("disconnect", () => {
      // node:cluster would end the process here and now, with records in memory, unless it was asked for.
      worker.exitedAfterDisconnect = true;
      stop.resolve(undefined);
    });
  }

  /** From now on orders and questions go to `work`. */
  serve(work: Pick<Work, "answers" | "heard">): void {
    this.#work = work;
  }

  /** Says something to the supervisor, if it is still there. */
  notify(notice: Notice): void {
    this.#sent = new Promise((resolve) => {
      cluster.worker?.send(notice, undefined, undefined, () => resolve());
    });
  }

  /** Settles when everything that was said is on its way: an exit would drop the rest. */
  flushed(): Promise<void> {
    return this.#sent;
  }

  async #answer({ id, name, input }: Extract<Order, { type: "ask" }>): Promise<void> {
    try {
      const answer = this.#work?.answers[name] as ((input: unknown) => unknown) | undefined;
      assert(answer !== undefined, `this process does not answer "${name}"`);
      this.notify({ type: "answer", id, value: await answer(input) });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.notify({ type: "unanswered", id, reason });
    }
  }
}
