import { join } from "node:path";
import { batchIdOf, startMsOf } from "../batch-id.ts";
import { endings, rooms } from "../rooms.ts";
import type { DrainContext } from "./drain-context.ts";
import { undeliveredAt } from "./oldest.ts";
import type { RoomListing, Sequences } from "./room-listing.ts";

/** A batch and the sinks in whose rooms it lies. */
export interface HeldBatch {
  readonly id: string;
  readonly sinks: readonly string[];
}

/**
 * The batches of all rooms by the time of their first record. Those of one writer are in the order of their
 * ids, and none is older than its writer's start: so only one batch of each writer is looked at, and of those that
 * started later none before it is needed.
 *
 * @param listings What lies in each room, by its sink.
 */
export async function* oldestFirst(
  context: DrainContext,
  listings: ReadonlyMap<string, RoomListing>,
): AsyncGenerator<HeldBatch, void, undefined> {
  const later = rowsOf(listings);
  const begun: WriterRow[] = [];
  for (;;) {
    let oldest = oldestOf(begun);
    while (later[0] !== undefined && !(oldest !== undefined && oldest.firstMs < later[0].startMs)) {
      const row = later.shift()!;
      if (await row.advance(context)) begun.push(row);
      oldest = oldestOf(begun);
    }
    if (oldest?.batch === undefined) return;
    yield oldest.batch;
    if (!(await oldest.advance(context))) begun.splice(begun.indexOf(oldest), 1);
  }
}

/** A writer's batches in one room. */
interface Stretch {
  readonly sink: string;
  readonly sequences: Sequences;
  next: number;
}

/** The batches of one writer in all rooms. */
class WriterRow {
  readonly startMs: number;
  readonly #incarnation: string;
  readonly stretches: Stretch[] = [];
  /** The next one; undefined before the first {@link advance} and after the last. */
  batch: HeldBatch | undefined;
  firstMs = Infinity;

  constructor(incarnation: string) {
    this.#incarnation = incarnation;
    this.startMs = startMsOf(incarnation);
  }

  /** Goes on to the next batch. @returns false when there is none. */
  async advance(context: DrainContext): Promise<boolean> {
    for (;;) {
      this.batch = this.#takeNext();
      if (this.batch === undefined) return false;
      const { id, sinks } = this.batch;
      for (const sink of sinks) {
        const path = join(rooms.sink(context.dir, sink), id + endings.sealed);
        const found = await undeliveredAt(context, path, id);
        if (found === undefined) continue;
        this.firstMs = found.firstMs;
        return true;
      }
    }
  }

  #takeNext(): HeldBatch | undefined {
    const first = Math.min(...this.stretches.map(({ sequences, next }) => sequences[next] ?? Infinity));
    if (first === Infinity) return undefined;
    const having = this.stretches.filter(({ sequences, next }) => sequences[next] === first);
    for (const stretch of having) stretch.next += 1;
    return { id: batchIdOf(this.#incarnation, first), sinks: having.map(({ sink }) => sink) };
  }
}

/** By writer, the one that started first comes first. */
function rowsOf(listings: ReadonlyMap<string, RoomListing>): WriterRow[] {
  const rows = new Map<string, WriterRow>();
  for (const [sink, listing] of listings) {
    for (const [incarnation, sequences] of listing.writers(endings.sealed)) {
      const row = rows.get(incarnation) ?? new WriterRow(incarnation);
      rows.set(incarnation, row);
      row.stretches.push({ sink, sequences, next: 0 });
    }
  }
  return [...rows.values()].sort((a, b) => a.startMs - b.startMs);
}

function oldestOf(rows: readonly WriterRow[]): WriterRow | undefined {
  let oldest: WriterRow | undefined;
  for (const row of rows) if (oldest === undefined || row.firstMs < oldest.firstMs) oldest = row;
  return oldest;
}
