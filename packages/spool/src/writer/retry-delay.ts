const baseMs = 10;
const capMs = 1000;

/** Pause after the n-th attempt (from 1) at something that the disk refused: 10 ms, doubled up to 1 s. */
export function retryDelayMs(attempt: number): number {
  return Math.min(capMs, baseMs * 2 ** Math.min(attempt - 1, 10));
}
