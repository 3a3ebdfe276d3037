import { runA, runB } from "./constants.ts";

/** The symbols of a block, and which bytes it has. */
export interface BlockSymbols {
  /** Bytes that occur, in order. */
  readonly bytes: readonly number[];
  /** In the alphabet runA, runB, places 1 and up, end. */
  readonly symbols: Uint16Array;
}

/** Move-to-front of the last column of the sorted rotations; zeros become runs, in digits 1 and 2 of base 2. */
export function symbolsOf(column: Uint8Array): BlockSymbols {
  const bytes = [...new Set(column)].toSorted((left, right) => left - right);
  const recent = Uint8Array.from(bytes);
  const symbols = new Uint16Array(column.length + 1);
  let length = 0;
  let zeros = 0;
  const endRun = (): void => {
    for (; zeros > 0; zeros = (zeros - 1) >>> 1) symbols[length++] = zeros & 1 ? runA : runB;
  };
  for (const byte of column) {
    if (recent[0] === byte) {
      zeros++;
      continue;
    }
    endRun();
    const place = recent.indexOf(byte);
    recent.copyWithin(1, 0, place);
    recent[0] = byte;
    symbols[length++] = place + 1;
  }
  endRun();
  symbols[length++] = bytes.length + 1;
  return { bytes, symbols: symbols.subarray(0, length) };
}
