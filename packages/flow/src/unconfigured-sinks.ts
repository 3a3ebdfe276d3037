import assert from "node:assert";
import type { Logger, SettleableBatch } from "@sewer/core";
import type { UnconfiguredSinkStatus } from "./status.ts";

/**
 * Remembers how many batches wait for a sink that is not configured, and says so once per sink. The drain's
 * window bounds how many of them are given out at all.
 */
export class UnconfiguredSinks {
  readonly #logger: Logger;
  readonly #sinks = new Map<string, { flow: string; sink: string; batches: number; records: number }>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Counts a batch, which stays on disk. */
  add(flow: string, { sink, recordCount, id }: SettleableBatch): void {
    const key = `${flow}/${sink}`;
    const known = this.#sinks.get(key);
    if (known !== undefined) {
      known.batches += 1;
      known.records += recordCount;
      return;
    }
    this.#sinks.set(key, { flow, sink, batches: 1, records: recordCount });
    this.#logger.warn(
      { flow, sink, batch: id },
      "batches wait on disk for a sink that is not configured: configure it again to have them delivered",
    );
  }

  /** A batch is dropped. */
  withdraw(flow: string, { sink, recordCount }: SettleableBatch): void {
    const known = this.#sinks.get(`${flow}/${sink}`);
    assert(known !== undefined, "the batch was never added");
    known.batches -= 1;
    known.records -= recordCount;
  }

  /** Batches counted under this sink's name, of any flow. */
  batchesOf(sink: string): number {
    let batches = 0;
    for (const entry of this.#sinks.values()) if (entry.sink === sink) batches += entry.batches;
    return batches;
  }

  status(): UnconfiguredSinkStatus[] {
    const waiting = [...this.#sinks.values()].filter(({ batches }) => batches > 0);
    return waiting.map((entry) => ({ ...entry }));
  }
}
