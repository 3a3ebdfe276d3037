import type { SinkStatistics } from "../drain.ts";
import { count, noTotals } from "./drain-counters.ts";

interface Counted {
  readonly recordCount: number;
  readonly bytes: number;
}

/** What became of one sink's batches. Whatever is called: taken = delivered + on disk + quarantined + lost. */
export class RoomAccounts {
  readonly #taken = noTotals();
  readonly #delivered = noTotals();
  readonly #onDisk = noTotals();
  readonly #quarantined = noTotals();
  readonly #dropped = noTotals();
  #recordsDamaged = 0;

  get totals(): Omit<SinkStatistics, "oldestMs"> {
    return {
      taken: { ...this.#taken },
      delivered: { ...this.#delivered },
      onDisk: { ...this.#onDisk },
      quarantined: { ...this.#quarantined },
      dropped: { ...this.#dropped },
      recordsLost: this.#recordsDamaged + this.#dropped.records,
    };
  }

  /** The sink has a batch more to get. */
  take(batch: Counted): void {
    count(this.#taken, batch);
    count(this.#onDisk, batch);
  }

  /** It has it, but for the records that could not be read. */
  deliver({ recordCount, bytes }: Counted, recordsDamaged: number): void {
    count(this.#onDisk, { recordCount, bytes }, -1);
    count(this.#delivered, { recordCount: recordCount - recordsDamaged, bytes });
    this.#recordsDamaged += recordsDamaged;
  }

  quarantine(batch: Counted): void {
    count(this.#onDisk, batch, -1);
    count(this.#quarantined, batch);
  }

  drop(batch: Counted): void {
    count(this.#onDisk, batch, -1);
    count(this.#dropped, batch);
  }
}
