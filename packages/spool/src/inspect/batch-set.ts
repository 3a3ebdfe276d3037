import { parseBatchId } from "../batch-id.ts";

/** Batches by sink. Holds a number for each, not its id: a month of receipts is many. */
export class BatchSet {
  readonly #writers = new Map<string, Set<number>>();

  /** @returns false when it is in already. What is no batch id is never in. */
  add(sink: string, batchId: string): boolean {
    const id = parseBatchId(batchId);
    if (id === undefined) return true;
    const key = `${sink}/${id.incarnation}`;
    const sequences = this.#writers.get(key) ?? new Set<number>();
    if (sequences.has(id.sequence)) return false;
    this.#writers.set(key, sequences.add(id.sequence));
    return true;
  }

  /** True for one that was added. */
  has(sink: string, batchId: string): boolean {
    const id = parseBatchId(batchId);
    return id !== undefined && this.#writers.get(`${sink}/${id.incarnation}`)?.has(id.sequence) === true;
  }
}
