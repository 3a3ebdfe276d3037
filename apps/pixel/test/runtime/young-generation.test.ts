import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const file = new URL("../../src/runtime/young-generation.ts", import.meta.url);

/** How much the young generation grows while 200 MB of small arrays outlive it, in a process of its own. */
async function growth(isHeld: boolean): Promise<number> {
  const program = `
    import { getHeapSpaceStatistics } from "node:v8";
    import { holdYoungGeneration } from ${JSON.stringify(file.href)};
    const size = () => getHeapSpaceStatistics().find((space) => space.space_name === "new_space").space_size;
    const before = size();
    if (${isHeld}) holdYoungGeneration();
    const kept = [];
    for (let i = 0; i < 200_000; i++) kept.push(new Array(128).fill(i));
    console.log(size() - before, kept.length);
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program]);
  return Number(stdout.split(" ")[0]);
}

test("the young generation stays as large as it is, whatever outlives it", async () => {
  expect(await growth(false)).toBeGreaterThan(8 * 1024 ** 2);
  // Its second half, of 1 MiB in this small program, is there from the first collection on.
  expect(await growth(true)).toBeLessThanOrEqual(1024 ** 2);
});
