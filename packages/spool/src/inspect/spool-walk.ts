import { join } from "node:path";
import { SewerError, type FileSystem } from "@sewer/core";
import { isIncarnation } from "../batch-id.ts";
import type { BatchTotals } from "../drain.ts";
import { count, noTotals, type Totals } from "../drain/drain-counters.ts";
import { Journal } from "../drain/journal.ts";
import { isInQuarantine } from "../drain/quarantine.ts";
import { spoolErrors } from "../errors.ts";
import { listDirectory, messageOf } from "../file-access.ts";
import { readBuffers } from "../format/read-window.ts";
import type { BatchState, InspectedBatch, SinkRoomTotals, SpoolTotals } from "../inspection.ts";
import { batchIdIn, endings, isSinkName, rooms, spoolQuarantine } from "../rooms.ts";
import { lookInto, type LookOptions } from "./look.ts";
import { readReason } from "./read-reason.ts";

interface Place {
  readonly state: BatchState;
  readonly sink: string | undefined;
  readonly directory: string;
  readonly batchId: string;
  readonly ending: typeof endings.open | typeof endings.sealed;
}

type RoomTotals = { readonly [Key in keyof SinkRoomTotals]: Totals };

/**
 * One way through a spool directory, in the direction in which batches move, so that a batch that moves
 * meanwhile is met: writers, rooms of the sinks, quarantine. What was met already is not told again under its
 * next place. Names of one directory are held in memory at a time, and the ids of those that were met.
 */
export class SpoolWalk {
  readonly totals: {
    open: Totals;
    sealed: Totals;
    damaged: Totals;
    newer: Totals;
    sinks: Record<string, RoomTotals>;
  } & SpoolTotals = {
    open: noTotals(),
    sealed: noTotals(),
    damaged: noTotals(),
    newer: noTotals(),
    sinks: {},
  };
  readonly #dir: string;
  readonly #fs: FileSystem;
  readonly #look: LookOptions;

  constructor(dir: string, options: { readonly fs: FileSystem; readonly signal: AbortSignal | undefined }) {
    this.#dir = dir;
    this.#fs = options.fs;
    this.#look = { ...options, buffers: readBuffers };
  }

  async *batches(): AsyncGenerator<InspectedBatch, void, undefined> {
    await this.#assertIsSpool();
    const inWriters = new Set<string>();
    for await (const batch of this.#writers()) {
      inWriters.add(batch.batchId);
      yield batch;
    }
    const sinks = new Set<string>();
    for (const parent of [rooms.sinks(this.#dir), rooms.quarantine(this.#dir)]) {
      for (const name of await this.#list(parent)) if (isSinkName(name)) sinks.add(name);
    }
    for (const sink of [...sinks].sort()) {
      this.totals.sinks[sink] = { onDisk: noTotals(), delivered: noTotals(), quarantined: noTotals() };
      yield* this.#sink(sink, inWriters);
    }
    yield* this.#quarantine(spoolQuarantine, "damaged", new Set());
  }

  async *#writers(): AsyncGenerator<InspectedBatch, void, undefined> {
    for (const incarnation of await this.#list(rooms.writers(this.#dir))) {
      if (!isIncarnation(incarnation)) continue;
      const directory = rooms.writer(this.#dir, incarnation);
      for (const name of await this.#list(directory)) {
        const open = batchIdIn(name, endings.open);
        const batchId = open ?? batchIdIn(name, endings.sealed);
        if (batchId === undefined) continue;
        const sealed = {
          state: "sealed",
          sink: undefined,
          directory,
          batchId,
          ending: endings.sealed,
        } as const;
        const isOpen = open !== undefined;
        const place = isOpen ? ({ ...sealed, state: "open", ending: endings.open } as const) : sealed;
        // One that was sealed since the directory was read has its other name now.
        const batch = (await this.#tell(place)) ?? (isOpen ? await this.#tell(sealed) : undefined);
        // A file made ahead of its first record is no batch yet.
        if (batch !== undefined && (batch.bytes > 0 || batch.reason !== undefined)) yield batch;
      }
    }
  }

  async *#sink(
    sink: string,
    inWriters: ReadonlySet<string>,
  ): AsyncGenerator<InspectedBatch, void, undefined> {
    const directory = rooms.sink(this.#dir, sink);
    const quarantine = rooms.quarantineOf(this.#dir, sink);
    const inQuarantine = new Set(await this.#list(quarantine));
    const names = await this.#list(directory);
    const journals = new Set(names.filter((name) => name.endsWith(endings.journal)));
    const met = new Set<string>();
    for (const name of names) {
      const batchId = batchIdIn(name, endings.sealed);
      // While it has a name in `w/` its acceptance is not finished.
      if (batchId === undefined || inWriters.has(batchId)) continue;
      // On its way to quarantine: the next start finishes the move.
      if (inQuarantine.has(name) && (await this.#isMoving(directory, quarantine, name))) continue;
      const isDone = journals.has(batchId + endings.journal) && (await this.#isDone(directory, batchId));
      const state = isDone ? "delivered" : "waiting";
      const batch = await this.#tell({ state, sink, directory, batchId, ending: endings.sealed });
      if (batch === undefined) continue;
      met.add(batchId);
      yield batch;
    }
    yield* this.#quarantine(sink, "quarantined", met);
  }

  async *#quarantine(
    room: string,
    state: "quarantined" | "damaged",
    met: ReadonlySet<string>,
  ): AsyncGenerator<InspectedBatch, void, undefined> {
    const directory = rooms.quarantineOf(this.#dir, room);
    const sink = state === "damaged" ? undefined : room;
    for (const name of await this.#list(directory)) {
      for (const ending of [endings.open, endings.sealed] as const) {
        const batchId = batchIdIn(name, ending);
        if (batchId === undefined || met.has(batchId)) continue;
        const batch = await this.#tell({ state, sink, directory, batchId, ending });
        if (batch !== undefined) yield batch;
      }
    }
  }

  /** Looks at one file and counts it; undefined when it is gone. */
  async #tell({ state, sink, directory, batchId, ending }: Place): Promise<InspectedBatch | undefined> {
    const path = join(directory, batchId + ending);
    const look = await lookInto(path, this.#look);
    if (look === undefined) return undefined;
    const { isNewer, ...told } = look;
    const isSetAside = state === "quarantined" || state === "damaged";
    const noted = isSetAside
      ? await this.#reading(directory, () => readReason(this.#fs, directory, batchId))
      : undefined;
    const reason = noted ?? told.reason;
    const batch = { ...told, state: isNewer ? "newer" : state, sink, batchId, path, reason } as const;
    if (batch.bytes > 0) count(this.#totalsOf(batch), { recordCount: batch.records, bytes: batch.bytes });
    return batch;
  }

  #totalsOf({ state, sink }: InspectedBatch): Totals {
    if (state === "open" || state === "sealed" || state === "damaged" || state === "newer") {
      return this.totals[state];
    }
    const room = this.totals.sinks[sink!]!;
    return state === "waiting" ? room.onDisk : room[state];
  }

  async #isDone(directory: string, batchId: string): Promise<boolean> {
    return this.#reading(
      directory,
      async () => (await new Journal(this.#fs, directory, batchId).read()).isDone,
    );
  }

  #isMoving(from: string, to: string, name: string): Promise<boolean> {
    return this.#reading(from, () => isInQuarantine(this.#fs, { from, to }, name));
  }

  #list(path: string): Promise<string[]> {
    this.#look.signal?.throwIfAborted();
    return this.#reading(path, () => listDirectory(this.#fs, path));
  }

  async #assertIsSpool(): Promise<void> {
    const names = await this.#list(this.#dir);
    if (["w", "q", "quarantine"].some((name) => names.includes(name))) return;
    const message = `there is no spool in ${this.#dir}; name the directory that spool.dir of a flow names`;
    throw new SewerError(spoolErrors.notASpool, message, { retry: "permanent", context: { dir: this.#dir } });
  }

  async #reading<Result>(path: string, step: () => Promise<Result>): Promise<Result> {
    try {
      return await step();
    } catch (cause) {
      const message = `${path} cannot be read: ${messageOf(cause)}; check its permissions and the disk`;
      throw new SewerError(spoolErrors.unreadable, message, { context: { path }, cause });
    }
  }
}

/** Sums before anything was met. */
export function emptyTotals(): SpoolTotals {
  const none: BatchTotals = noTotals();
  return { open: none, sealed: none, damaged: none, newer: none, sinks: {} };
}
