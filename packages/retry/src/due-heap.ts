import assert from "node:assert";

/** What a {@link DueHeap} orders. */
export interface Due {
  /** Milliseconds of the monotonic clock. */
  dueMs: number;
  /** Decides between equal times: the smaller one first. */
  readonly order: number;
  /** Where it lies in its heap; kept by the heap, so that an item in the middle is found at once. -1: in none. */
  position: number;
}

/** Items by their due time, earliest first; equal times in the order of arrival. A binary heap. */
export class DueHeap<Item extends Due> {
  readonly #items: Item[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** The earliest, left where it is. */
  peek(): Item | undefined {
    return this.#items[0];
  }

  push(item: Item): void {
    item.position = this.#items.push(item) - 1;
    this.#rise(item.position);
  }

  /** Takes the earliest out. */
  pop(): Item | undefined {
    const first = this.#items[0];
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Takes out an item that is in it. */
  remove(item: Item): void {
    const { position } = item;
    assert(this.#items[position] === item, "the item is not in this heap");
    item.position = -1;
    const last = this.#items.pop() as Item;
    if (last === item) return;
    this.#place(position, last);
    this.#rise(position);
    this.#sink(last.position);
  }

  /** Calls `change`, which may alter due times, on each item, then restores the order. */
  update(change: (item: Item) => void): void {
    for (const item of this.#items) change(item);
    for (let index = (this.#items.length >> 1) - 1; index >= 0; index -= 1) this.#sink(index);
  }

  #rise(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#isBefore(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #sink(start: number): void {
    let index = start;
    for (;;) {
      let least = index;
      for (const child of [2 * index + 1, 2 * index + 2]) {
        if (child < this.#items.length && this.#isBefore(child, least)) least = child;
      }
      if (least === index) return;
      this.#swap(index, least);
      index = least;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const left = this.#items[a] as Item;
    const right = this.#items[b] as Item;
    return left.dueMs === right.dueMs ? left.order < right.order : left.dueMs < right.dueMs;
  }

  #swap(a: number, b: number): void {
    const item = this.#items[a] as Item;
    this.#place(a, this.#items[b] as Item);
    this.#place(b, item);
  }

  #place(position: number, item: Item): void {
    this.#items[position] = item;
    item.position = position;
  }
}
