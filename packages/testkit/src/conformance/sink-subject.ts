import { SewerError, type Batch, type RecordSchema, type Sink } from "@sewer/core";
import type { MemoryBatchOptions } from "../memory-batch.ts";
import { plannedBatch } from "../planned-batch.ts";

/** A sink with its destination, for one test. */
export interface SinkUnderTest {
  /** Makes a sink, named `main`; all of one test have the same destination, as processes one after the other. */
  readonly create: () => Sink;
  /** What a reader of the destination finds now: of each visible batch its records, in order. */
  readonly visible: () => Promise<readonly (readonly string[])[]>;
  /** Names of everything temporary that lies at the destination. */
  readonly leftOvers: () => Promise<readonly string[]>;
  /**
   * Lets the `call`-th call from now to the far side fail, once; 1 is the next, Infinity none.
   *
   * @returns the function that tells whether it came to that.
   */
  readonly failCall: (call: number) => () => boolean;
  /** Ends it. */
  readonly close: () => Promise<void>;
}

/** What {@link describeSinkConformance} needs to know of a sink. */
export interface SinkConformanceOptions {
  /** What its records look like. */
  readonly schema: RecordSchema;
  /** That many records, no two alike. */
  readonly records: (count: number) => readonly Uint8Array[];
  /** A record as {@link SinkUnderTest.visible} gives it. */
  readonly textOf: (record: Uint8Array) => string;
  /** Makes a new sink on an empty destination. */
  readonly setUp: () => Promise<SinkUnderTest>;
}

/** One test's view: the sink, and batches for it. */
export class SinkSubject {
  readonly sink: SinkUnderTest;
  readonly #options: SinkConformanceOptions;

  constructor(options: SinkConformanceOptions, sink: SinkUnderTest) {
    this.#options = options;
    this.sink = sink;
  }

  /** Batch `seq` of the flow `pixel`, as the spool would give it to the sink. */
  batch(
    seq: number,
    more: Partial<Omit<MemoryBatchOptions, "meta">> & { readonly count?: number } = {},
  ): Batch {
    const { schema, records } = this.#options;
    const { count = 250, ...rest } = more;
    const id = idOf(seq);
    const plan = this.sink.create().plan({ batchId: id, createdMs: 0, flow: "pixel" }, schema);
    return plannedBatch({ id, schema, sinks: { main: plan }, records: records(count), ...rest });
  }

  /** The records of a batch as a reader should find them. */
  textsOf(count = 250): readonly string[] {
    return this.#options.records(count).map((record) => this.#options.textOf(record));
  }
}

/** The id of the conformance tests' batch `seq`. */
export function idOf(seq: number): string {
  return `01JDEF0000000000000000ABCD-${String(seq).padStart(8, "0")}`;
}

/** The same batch, but its file cannot be read beyond frame `frames`. */
export function unreadableAfter(batch: Batch, frames: number): Batch {
  return withFrames(batch, (seen) => {
    if (seen >= frames) throw new SewerError("SEWER_SPOOL_UNREADABLE", "the disk of the spool failed");
  });
}

/** The same batch, but `look` is called before each frame, with the number of those before it. */
export function withFrames(batch: Batch, look: (seen: number) => void): Batch {
  return {
    id: batch.id,
    meta: batch.meta,
    origin: batch.origin,
    recordCount: batch.recordCount,
    bytes: batch.bytes,
    firstMs: batch.firstMs,
    lastMs: batch.lastMs,
    get readableCount() {
      return batch.readableCount;
    },
    async *frames(signal) {
      let seen = 0;
      for await (const frame of batch.frames(signal)) {
        look(seen);
        seen += 1;
        yield frame;
      }
    },
    note: (bytes) => batch.note(bytes),
    notes: () => batch.notes(),
    endJournal: () => batch.endJournal(),
  };
}
