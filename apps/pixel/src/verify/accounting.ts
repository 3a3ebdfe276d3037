import { decodeSegmentMeta, type FileSystem } from "@sewer/core";
import { BatchSet, inspectSpool, type BatchTotals, type InspectedBatch } from "@sewer/spool";

/** Sums of one sink. At rest: sealed = delivered + on disk + quarantined + lost, in records exactly. */
export interface SinkAccounts {
  /** Of receipts. */
  readonly delivered: BatchTotals;
  /** Sealed, and not delivered yet. */
  readonly onDisk: BatchTotals;
  readonly quarantined: BatchTotals;
  /** Records of batches that were dropped, and those that could not be read of batches that were delivered. */
  readonly recordsLost: number;
}

type Sums = { -readonly [Key in keyof BatchTotals]: number };

/** What a spool holds of each sink's batches, and what its receipts say. */
export class Accounting {
  /** Batches in quarantine, with their reasons, as they are met. */
  readonly quarantined: (batch: InspectedBatch) => Promise<void>;
  /** Records that are in no sealed segment yet, or in segments that no sink can be given. */
  readonly #elsewhere = { open: none(), damaged: none(), newer: none() };
  readonly #sinks = new Map<
    string,
    { delivered: Sums; onDisk: Sums; quarantined: Sums; recordsLost: number }
  >();
  readonly #held = new BatchSet();

  /** @param quarantined Told of each batch in quarantine. */
  constructor(quarantined: (batch: InspectedBatch) => Promise<void>) {
    this.quarantined = quarantined;
  }

  /**
   * Looks through the spool, before its receipts are read: a batch that is delivered in between counts as on disk,
   * and not twice.
   *
   * @throws SewerError as inspectSpool does.
   */
  async look(dir: string, fs: FileSystem): Promise<void> {
    for await (const batch of inspectSpool(dir, { fs })) {
      const { state, sink } = batch;
      if (state === "open" || state === "damaged" || state === "newer") {
        add(this.#elsewhere[state], batch);
      } else if (state === "sealed") {
        for (const name of sinksOf(batch)) this.#onDisk(name, batch);
      } else if (state === "waiting" && sink !== undefined) {
        this.#onDisk(sink, batch);
      } else if (state === "quarantined" && sink !== undefined) {
        this.#held.add(sink, batch.batchId);
        add(this.#of(sink).quarantined, batch);
        await this.quarantined(batch);
      }
    }
  }

  /** While its file lies in the spool a batch counts there, whatever its receipt says (docs/formats/spool.md). */
  isHeld(sink: string, batchId: string): boolean {
    return this.#held.has(sink, batchId);
  }

  /** Counts a receipt of a batch that the spool does not hold. */
  delivered(sink: string, receipt: { readonly records: number; readonly bytes: number }): void {
    add(this.#of(sink).delivered, receipt);
  }

  /** Counts records that are lost. */
  lost(sink: string, records: number): void {
    this.#of(sink).recordsLost += records;
  }

  /** By sink, in the order of their names. */
  sinks(): readonly (readonly [sink: string, accounts: SinkAccounts])[] {
    return [...this.#sinks].toSorted(([a], [b]) => (a < b ? -1 : 1));
  }

  /** What no sink is given yet, or ever. */
  get elsewhere(): Readonly<Record<"open" | "damaged" | "newer", BatchTotals>> {
    return this.#elsewhere;
  }

  #onDisk(sink: string, batch: InspectedBatch): void {
    this.#held.add(sink, batch.batchId);
    add(this.#of(sink).onDisk, batch);
  }

  #of(sink: string): { delivered: Sums; onDisk: Sums; quarantined: Sums; recordsLost: number } {
    const known = this.#sinks.get(sink);
    if (known !== undefined) return known;
    const made = { delivered: none(), onDisk: none(), quarantined: none(), recordsLost: 0 };
    this.#sinks.set(sink, made);
    return made;
  }
}

/** Records that were sealed for a sink, as far as the spool still knows of them. */
export function sealedRecords({ delivered, onDisk, quarantined, recordsLost }: SinkAccounts): number {
  return delivered.records + onDisk.records + quarantined.records + recordsLost;
}

function sinksOf({ meta }: InspectedBatch): readonly string[] {
  try {
    return meta === undefined ? [] : Object.keys(decodeSegmentMeta(meta).sinks);
  } catch {
    // The delivery half sets it aside as damaged.
    return [];
  }
}

function none(): Sums {
  return { batches: 0, records: 0, bytes: 0 };
}

function add(sums: Sums, { records, bytes }: { readonly records: number; readonly bytes: number }): void {
  sums.batches += 1;
  sums.records += records;
  sums.bytes += bytes;
}
