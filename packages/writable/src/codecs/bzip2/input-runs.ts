import { runBytesMax, runBytesMin } from "./constants.ts";

/** Input for one block: its bytes with runs shortened, and where in the input it ends. */
export interface BlockInput {
  readonly bytes: Uint8Array;
  readonly end: number;
}

/** Fills a block from `start` on: four equal bytes stand for themselves and are followed by a count. */
export function takeBlock(input: Uint8Array, start: number, bytesMax: number): BlockInput {
  const bytes = new Uint8Array(
    Math.min(bytesMax, input.length - start + Math.ceil(input.length / runBytesMin)),
  );
  let length = 0;
  let at = start;
  while (at < input.length && length + runBytesMin < bytesMax) {
    const byte = input[at]!;
    let run = 1;
    while (run < runBytesMax && input[at + run] === byte) run++;
    at += run;
    for (let index = Math.min(run, runBytesMin); index > 0; index--) bytes[length++] = byte;
    if (run >= runBytesMin) bytes[length++] = run - runBytesMin;
  }
  return { bytes: bytes.subarray(0, length), end: at };
}
