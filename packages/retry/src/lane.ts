import { Heap, type HeapItem } from "./heap.ts";

/** What waits in a {@link Lane}. */
export interface Waiter extends HeapItem {
  /** Not before this; milliseconds of the monotonic clock. */
  dueMs: number;
  /** Among those that are due the smaller one comes first. Unique. */
  order: number;
}

/** Items that wait their turn: those that are due by their order, the others by their time. */
export class Lane<Item extends Waiter> {
  readonly #later = new Heap<Item>((a, b) => a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order));
  readonly #due = new Heap<Item>((a, b) => a.order < b.order);

  get size(): number {
    return this.#later.size + this.#due.size;
  }

  push(item: Item): void {
    this.#later.push(item);
  }

  /** The one whose turn is next: the first of those that are due at `nowMs`, else the one that is due soonest. */
  next(nowMs: number): Item | undefined {
    for (
      let item = this.#later.peek();
      item !== undefined && item.dueMs <= nowMs;
      item = this.#later.peek()
    ) {
      this.#later.remove(item);
      this.#due.push(item);
    }
    return this.#due.peek() ?? this.#later.peek();
  }

  /** Takes out an item that is in it. */
  remove(item: Item): void {
    (this.#due.has(item) ? this.#due : this.#later).remove(item);
  }
}
