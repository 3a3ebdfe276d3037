import { toSewerError, type SettleableBatch } from "@sewer/core";
import { decodeRetryState, encodeRetryState, type RetryQueue, type RetryState } from "@sewer/retry";
import { flowErrors } from "./errors.ts";
import type { FailureLog } from "./failure-log.ts";

/**
 * Keeps what the queue knows of a batch's attempts beside the batch. It is advice: what cannot be read or written
 * is told and passed over.
 */
export class KeptAttempts {
  readonly #queue: RetryQueue<SettleableBatch>;
  readonly #log: FailureLog;
  readonly #kept = new WeakSet<SettleableBatch>();

  constructor(queue: RetryQueue<SettleableBatch>, log: FailureLog) {
    this.#queue = queue;
    this.#log = log;
  }

  /** What was kept by an earlier run. */
  async load(batch: SettleableBatch): Promise<RetryState | undefined> {
    try {
      const bytes = await batch.loadRetry();
      if (bytes === undefined) return undefined;
      this.#kept.add(batch);
      return decodeRetryState(bytes);
    } catch (cause) {
      this.#tell(batch, cause);
      return undefined;
    }
  }

  /**
   * An attempt begins. What this run has sealed itself and never failed needs no note of that: were this process
   * to die of it, the next one finds it as a batch of an earlier run.
   */
  async begin(batch: SettleableBatch): Promise<void> {
    if (batch.origin !== "fresh" || this.#kept.has(batch)) await this.#save(batch);
  }

  /** It ended, and the batch waits again. Does not wait for the disk. */
  end(batch: SettleableBatch): void {
    void this.#save(batch);
  }

  /** It was cut short because this process stops, which is no fault of the batch. */
  cutShort(batch: SettleableBatch): void {
    if (this.#kept.has(batch)) void this.#save(batch);
  }

  async #save(batch: SettleableBatch): Promise<void> {
    this.#kept.add(batch);
    try {
      await batch.saveRetry(encodeRetryState(this.#queue.stateOf(batch)));
    } catch (cause) {
      this.#tell(batch, cause);
    }
  }

  #tell(batch: SettleableBatch, cause: unknown): void {
    const error = toSewerError(cause, flowErrors.attemptsNotKept);
    this.#log.failed(
      error,
      { batch: batch.id },
      "what is known of a batch's attempts could not be kept or read",
    );
  }
}
