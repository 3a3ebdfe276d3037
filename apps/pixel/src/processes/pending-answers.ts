import type { Clock } from "@sewer/core";

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Questions to one process that are not answered yet. Each is answered, fails, or is given up. */
export class PendingAnswers {
  readonly #clock: Clock;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Waits for an answer.
   *
   * @param send gets the id that the answer will carry.
   * @throws Error when there is none within `withinMs`.
   */
  async ask(withinMs: number, send: (id: number) => void): Promise<unknown> {
    const id = this.#nextId++;
    const cancel = this.#clock.schedule(withinMs, () =>
      this.failed(id, `there was no answer within ${withinMs} ms`),
    );
    try {
      return await new Promise<unknown>((resolve, reject) => {
        this.#pending.set(id, { resolve, reject });
        send(id);
      });
    } finally {
      this.#pending.delete(id);
      cancel();
    }
  }

  answered(id: number, value: unknown): void {
    this.#pending.get(id)?.resolve(value);
  }

  failed(id: number, reason: string): void {
    this.#pending.get(id)?.reject(new Error(reason));
  }

  /** Nobody is left to answer. */
  failAll(reason: string): void {
    for (const id of this.#pending.keys()) this.failed(id, reason);
  }
}
