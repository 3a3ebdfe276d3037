import type { UndeliveredBatch } from "@sewer/spool";

/** Segments that are remembered; more of them have files, which are looked at anyway. */
const segmentsMax = 64;
/** A segment that so many later ones were sealed before will never be. */
const overtakenMax = 4;

/**
 * The segments that a writer has begun and not sealed. One whose records all moved on after a failed sync is
 * given up without a word: it is forgotten once later ones have overtaken it, which errs to the safe side.
 */
export class BegunSegments {
  readonly #segments = new Map<string, { readonly batch: UndeliveredBatch; overtaken: number }>();

  /** Oldest first. */
  get all(): readonly UndeliveredBatch[] {
    return [...this.#segments.values()].map(({ batch }) => batch);
  }

  /** A segment has its first record. */
  begin(batch: UndeliveredBatch): void {
    this.#segments.set(batch.batchId, { batch, overtaken: 0 });
    for (const id of this.#segments.keys()) {
      if (this.#segments.size <= segmentsMax) break;
      this.#segments.delete(id);
    }
  }

  /** A segment is sealed: its file is all there is of it. */
  sealed(batchId: string): void {
    this.#segments.delete(batchId);
    for (const [id, segment] of this.#segments) {
      // Ids of one writer sort as their segments were made.
      if (id > batchId) continue;
      segment.overtaken += 1;
      if (segment.overtaken >= overtakenMax) this.#segments.delete(id);
    }
  }

  /** The writer is closed. */
  clear(): void {
    this.#segments.clear();
  }
}
