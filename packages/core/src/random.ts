/** Chance, injected so that a seed can repeat it. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** `length` uniform bytes. */
  bytes(length: number): Uint8Array;
}

/** The machine's own randomness. */
export const systemRandom: Random = {
  next: () => Math.random(),
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
};
