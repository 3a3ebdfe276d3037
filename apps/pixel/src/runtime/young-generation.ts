import { setFlagsFromString } from "node:v8";

/**
 * Keeps the heap's young generation at the size that it has now, 16 MiB after the program is loaded. V8 doubles it,
 * up to 64 MiB, whenever enough has outlived collections since the last time, and gives nothing back: a server that
 * has looked through a backlog of 100,000 batches once would hold 50 MB more for ever. Requests do not need it:
 * 450,000 of them leave it as it is (docs/benchmarks.md).
 *
 * V8 reads this flag each time it is about to grow that generation (`SemiSpaceNewSpace::Grow`), so it works in a
 * process that runs, which `--max-semi-space-size` does not.
 */
export function holdYoungGeneration(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}
