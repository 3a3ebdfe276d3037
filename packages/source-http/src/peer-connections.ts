/** How many connections each address has open: at most as many entries as there are connections. */
export class PeerConnections {
  readonly #max: number;
  readonly #open = new Map<string, number>();

  /** @param max of one address. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Counts one more. @returns false when the address has as many as it may. */
  opened(address: string): boolean {
    if ((this.#open.get(address) ?? 0) >= this.#max) return false;
    this.add(address);
    return true;
  }

  /** Counts one that was there before the limit, whatever that is. */
  add(address: string): void {
    this.#open.set(address, (this.#open.get(address) ?? 0) + 1);
  }

  /** One that was counted is closed. */
  closed(address: string): void {
    const count = this.#open.get(address) ?? 0;
    if (count > 1) this.#open.set(address, count - 1);
    else this.#open.delete(address);
  }
}
