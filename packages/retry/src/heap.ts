import assert from "node:assert";

/** What a {@link Heap} orders. */
export interface HeapItem {
  /** Where it lies in its heap; kept by the heap, so that an item in the middle is found at once. -1: in none. */
  position: number;
}

/** A binary heap from which any item can be taken, in O(log n). */
export class Heap<Item extends HeapItem> {
  readonly #items: Item[] = [];
  readonly #isBefore: (a: Item, b: Item) => boolean;

  /** @param isBefore True when `a` comes out before `b`; no two items may be equal. */
  constructor(isBefore: (a: Item, b: Item) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#items.length;
  }

  /** The first, left where it is. */
  peek(): Item | undefined {
    return this.#items[0];
  }

  has(item: Item): boolean {
    return this.#items[item.position] === item;
  }

  push(item: Item): void {
    item.position = this.#items.push(item) - 1;
    this.#rise(item.position);
  }

  /** Takes the first out. */
  pop(): Item | undefined {
    const first = this.#items[0];
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Takes out an item that is in it. */
  remove(item: Item): void {
    assert(this.has(item), "the item is not in this heap");
    const { position } = item;
    item.position = -1;
    const last = this.#items.pop() as Item;
    if (last === item) return;
    this.#place(position, last);
    this.#rise(position);
    this.#sink(last.position);
  }

  #rise(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#comesBefore(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #sink(start: number): void {
    let index = start;
    for (;;) {
      let least = index;
      for (const child of [2 * index + 1, 2 * index + 2]) {
        if (child < this.#items.length && this.#comesBefore(child, least)) least = child;
      }
      if (least === index) return;
      this.#swap(index, least);
      index = least;
    }
  }

  #comesBefore(a: number, b: number): boolean {
    return this.#isBefore(this.#items[a] as Item, this.#items[b] as Item);
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
