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
    const count = this.#open.get(address) ?? 0;
    if (count >= this.#max) return false;
    this.#open.set(address, count + 1);
    return true;
  }

  /** One that was counted is closed. */
  closed(address: string): void {
    const count = this.#open.get(address) ?? 0;
    if (count > 1) this.#open.set(address, count - 1);
    else this.#open.delete(address);
  }
}
