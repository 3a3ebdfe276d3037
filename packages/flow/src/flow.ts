import assert from "node:assert";
import { SewerError, type LifecycleState } from "@sewer/core";
import { DeliveryHalf, type DeliveryChange } from "./delivery-half.ts";
import { flowErrors } from "./errors.ts";
import { IngestHalf, type IngestChange } from "./ingest-half.ts";
import { Lifecycle } from "./lifecycle.ts";
import type { FlowCloseOptions, FlowOptions } from "./options.ts";
import type { FlowStatus, RetryNowOptions, UndeliveredStatus, WokenSink } from "./status.ts";

/** What an open flow can go on with; a half that is not named goes on as it is. */
export interface FlowChange {
  readonly ingest?: IngestChange | undefined;
  readonly delivery?: DeliveryChange | undefined;
}

/** Runs source > spool > sinks in one process: an {@link IngestHalf} and a {@link DeliveryHalf}. */
export class Flow {
  readonly #options: FlowOptions;
  readonly #ingest: IngestHalf;
  readonly #delivery: DeliveryHalf;
  readonly #lifecycle = new Lifecycle();
  #hurry = new AbortController();
  #opening: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(options: FlowOptions) {
    this.#options = options;
    this.#ingest = new IngestHalf(options);
    this.#delivery = new DeliveryHalf(options);
    this.#ingest.onSeal((batchId) => this.#delivery.poke(batchId));
    this.#ingest.onFailure(() => {
      if (this.state === "flowing") this.#lifecycle.move("fail");
    });
    this.#delivery.onFreed(() => this.#ingest.measure());
  }

  /** Where it is in its life. `error`: it cannot take events any more, or could not be opened or closed. */
  get state(): LifecycleState {
    const isHalf = this.#lifecycle.state === "flowing" && this.#delivery.state === "error";
    return isHalf ? "error" : this.#lifecycle.state;
  }

  /**
   * Takes the delivery lock, opens the spool, begins to deliver what is there, and opens the source last:
   * no port is bound before an event could be stored. A sink that cannot be opened does not fail this.
   * When a step fails, everything taken before it is let go of in reverse and its error passed on.
   *
   * @throws SewerError `SEWER_FLOW_INTERRUPTED` when {@link close} was called meanwhile.
   */
  open(): Promise<void> {
    this.#lifecycle.move("open");
    this.#hurry = new AbortController();
    this.#opening = this.#open();
    return this.#opening;
  }

  /**
   * Closes the source, seals the batch, delivers within the budget and lets go of everything; what could not
   * be delivered stays on disk for the next start. A second call, or `signal`, cuts the waits short; it gives
   * the promise of the first.
   *
   * @throws SewerError `SEWER_SPOOL_NOT_WRITTEN` when the disk did not take what was still in memory.
   */
  close(options: FlowCloseOptions): Promise<void> {
    if (this.#closing !== undefined) {
      this.#hurry.abort();
      return this.#closing;
    }
    this.#closing = this.#close(options).finally(() => {
      this.#closing = undefined;
    });
    return this.#closing;
  }

  /**
   * Goes on with another config while its ports stay open; see {@link DeliveryHalf.reconfigure} and
   * {@link IngestHalf.reconfigure}. Delivery comes first, so that nothing is planned for a sink that nobody has.
   *
   * @throws SewerError what the halves throw; then the first may have changed, and a call with what was before
   * brings it back.
   */
  reconfigure({ ingest, delivery }: FlowChange): Promise<void> {
    assert(this.#lifecycle.state === "flowing", "only an open flow can be reconfigured");
    const changing = (async () => {
      if (delivery !== undefined) await this.#delivery.reconfigure(delivery);
      if (ingest !== undefined) await this.#ingest.reconfigure(ingest);
    })();
    this.#opening = changing;
    return changing;
  }

  /** How it stands. */
  status(): FlowStatus {
    return {
      name: this.#options.name,
      state: this.state,
      ingest: this.#ingest.status(),
      delivery: this.#delivery.status(),
    };
  }

  /** Tries now what waits after a failure; see {@link DeliveryHalf.retryNow}. */
  retryNow(options: RetryNowOptions = {}): readonly WokenSink[] {
    return this.#delivery.retryNow(options);
  }

  /**
   * What each sink has not got yet: records in memory, in the open segment, and batches on disk. See
   * {@link UndeliveredStatus} for how to read it.
   *
   * @throws SewerError `SEWER_SPOOL_UNREADABLE`.
   */
  undelivered(): Promise<UndeliveredStatus> {
    return this.#delivery.undelivered(this.#ingest.begun);
  }

  async #open(): Promise<void> {
    const steps: (() => Promise<void> | void)[] = [
      () => this.#delivery.open(),
      () => this.#ingest.open(),
      () => this.#delivery.start(),
      () => this.#ingest.start(),
    ];
    try {
      for (const step of steps) {
        this.#throwIfClosing();
        await step();
      }
      this.#throwIfClosing();
      this.#lifecycle.move("opened");
    } catch (error) {
      if (this.state === "opening") this.#lifecycle.move("fail");
      for (const failure of await this.#closeHalves({ graceMs: 0, deliverMs: 0 })) {
        const { logger, name } = this.#options;
        logger.error({ flow: name, reason: String(failure) }, "not all was let go of after a failed start");
      }
      throw error;
    }
  }

  #throwIfClosing(): void {
    if (this.state === "opening") return;
    const message = `flow ${this.#options.name} was closed before it was open`;
    throw new SewerError(flowErrors.interrupted, message);
  }

  async #close(options: FlowCloseOptions): Promise<void> {
    this.#lifecycle.move("close");
    if (this.state === "closed") return;
    // Its caller hears of an open or a change that failed; here it only matters that it has ended.
    await this.#opening.catch(() => {});
    const signals = [this.#hurry.signal, ...(options.signal === undefined ? [] : [options.signal])];
    const failures = await this.#closeHalves({ ...options, signal: AbortSignal.any(signals) });
    this.#lifecycle.move(failures.length === 0 ? "closed" : "fail");
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, `flow ${this.#options.name} did not close`);
  }

  /** Closes one after the other, the second whatever the first says. */
  async #closeHalves(options: FlowCloseOptions): Promise<unknown[]> {
    const failures: unknown[] = [];
    await this.#ingest.close(options).catch((error: unknown) => failures.push(error));
    await this.#delivery.close(options).catch((error: unknown) => failures.push(error));
    return failures;
  }
}
