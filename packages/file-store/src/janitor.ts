import type { BatchJournal, Clock, Logger } from "@sewer/core";
import { DeliveryNotes } from "./delivery-journal.ts";

/** Batches that are remembered; of the others the journals stay until the next start. */
const watchedMax = 10_000;
/** Waits before a journal is tried again at the least, in ms: its batch may be about to be settled. */
const againMs = 1000;

/** What a {@link Janitor} works with. */
export interface JanitorOptions {
  /** Deletes all temporary files that are like this one but for their ULID. */
  readonly sweep: (temporary: string, signal: AbortSignal) => Promise<void>;
  /** How long after an attempt was begun something of it may still come up, in ms. */
  readonly delayMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Watched {
  readonly journal: BatchJournal;
  readonly notes: DeliveryNotes;
  /** Epoch milliseconds. */
  dueMs: number;
}

/**
 * Deletes what may come up at the far side after a delivery: a request that hung in a DataNode is carried out
 * when the DataNode wakes up. Each journal is ended when that can no longer be.
 */
export class Janitor {
  readonly #options: JanitorOptions;
  readonly #watched = new Map<string, Watched>();
  #stop = new AbortController();
  #cancel: () => void = () => {};
  #isAtWork = false;

  constructor(options: JanitorOptions) {
    this.#options = options;
  }

  /** Batches whose left-overs are waited for. */
  get watched(): number {
    return this.#watched.size;
  }

  /** Takes over the journals of earlier runs. One that cannot be read waits for the next start. */
  async start(journals: readonly BatchJournal[]): Promise<void> {
    this.#stop = new AbortController();
    for (const journal of journals) {
      try {
        this.watch(journal, await DeliveryNotes.of(journal));
      } catch (error) {
        this.#options.logger.warn({ batch: journal.id, error }, "a kept journal cannot be read");
      }
    }
  }

  /** Ends at once what is under way, and forgets; the journals stay. */
  stop(): void {
    this.#stop.abort();
    this.#cancel();
    this.#watched.clear();
  }

  /** From now on the journal is this one's to end. */
  watch(journal: BatchJournal, notes: DeliveryNotes): void {
    const { clock, delayMs } = this.#options;
    if (this.#watched.size >= watchedMax && !this.#watched.has(journal.id)) return;
    // A clock that was set back must not make it wait for years.
    const dueMs = Math.min(notes.begunMs, clock.now()) + delayMs;
    this.#watched.set(journal.id, { journal, notes, dueMs });
    this.#plan();
  }

  #plan(): void {
    this.#cancel();
    if (this.#isAtWork || this.#watched.size === 0 || this.#stop.signal.aborted) return;
    const { clock } = this.#options;
    let nextMs = Infinity;
    for (const { dueMs } of this.#watched.values()) nextMs = Math.min(nextMs, dueMs);
    this.#cancel = clock.schedule(Math.max(0, nextMs - clock.now()), () => void this.#work());
  }

  async #work(): Promise<void> {
    const { signal } = this.#stop;
    this.#isAtWork = true;
    for (const [id, watched] of this.#watched) {
      if (signal.aborted) break;
      if (watched.dueMs > this.#options.clock.now()) continue;
      const isEnded = await this.#clean(watched, signal);
      if (isEnded && this.#watched.get(id) === watched) this.#watched.delete(id);
    }
    this.#isAtWork = false;
    this.#plan();
  }

  async #clean(watched: Watched, signal: AbortSignal): Promise<boolean> {
    const { sweep, clock, delayMs, logger } = this.#options;
    const { journal, notes } = watched;
    try {
      const [temporary] = notes.begun;
      if (temporary !== undefined) await sweep(temporary, signal);
      if (await journal.endJournal()) return true;
    } catch (error) {
      if (!signal.aborted) logger.warn({ batch: journal.id, error }, "left-overs could not be deleted yet");
    }
    watched.dueMs = clock.now() + Math.max(delayMs, againMs);
    return false;
  }
}
