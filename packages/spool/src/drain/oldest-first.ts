import { join } from "node:path";
import { parseBatchId, startMsOf } from "../batch-id.ts";
import { endings, rooms } from "../rooms.ts";
import type { DrainContext } from "./drain-context.ts";
import { undeliveredAt } from "./oldest.ts";

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
 * @param idsBySink What lies in each room, sorted.
 */
export async function* oldestFirst(
  context: DrainContext,
  idsBySink: ReadonlyMap<string, readonly string[]>,
): AsyncGenerator<HeldBatch, void, undefined> {
  const later = rowsOf(idsBySink);
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

/** A stretch of one room's ids. */
interface Stretch {
  readonly sink: string;
  readonly ids: readonly string[];
  next: number;
  readonly end: number;
}

/** The batches of one writer in all rooms. */
class WriterRow {
  readonly startMs: number;
  readonly stretches: Stretch[] = [];
  /** The next one; undefined before the first {@link advance} and after the last. */
  batch: HeldBatch | undefined;
  firstMs = Infinity;

  constructor(incarnation: string) {
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
    let id: string | undefined;
    for (const { ids, next, end } of this.stretches) {
      if (next < end && (id === undefined || ids[next]! < id)) id = ids[next];
    }
    if (id === undefined) return undefined;
    const having = this.stretches.filter(({ ids, next, end }) => next < end && ids[next] === id);
    for (const stretch of having) stretch.next += 1;
    return { id, sinks: having.map(({ sink }) => sink) };
  }
}

/** By writer, the one that started first comes first. */
function rowsOf(idsBySink: ReadonlyMap<string, readonly string[]>): WriterRow[] {
  const rows = new Map<string, WriterRow>();
  for (const [sink, ids] of idsBySink) {
    for (let start = 0; start < ids.length;) {
      const { incarnation } = parseBatchId(ids[start]!)!;
      let end = start + 1;
      while (end < ids.length && ids[end]!.startsWith(incarnation)) end += 1;
      const row = rows.get(incarnation) ?? new WriterRow(incarnation);
      rows.set(incarnation, row);
      row.stretches.push({ sink, ids, next: start, end });
      start = end;
    }
  }
  return [...rows.values()].sort((a, b) => a.startMs - b.startMs);
}

function oldestOf(rows: readonly WriterRow[]): WriterRow | undefined {
  let oldest: WriterRow | undefined;
  for (const row of rows) if (oldest === undefined || row.firstMs < oldest.firstMs) oldest = row;
  return oldest;
}
