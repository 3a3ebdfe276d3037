/**
 * Scenarios from seeds, on a clock that no machine can slow down, each step checked by a referee that knows
 * docs/specs/retry.md and nothing of the code. A violation prints the line that repeats it.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { mutants, mutate } from "./simulation/mutants.ts";

const program = fileURLToPath(new URL("simulation/main.ts", import.meta.url));
const half = 50_000;
// Against hanging only; a machine that is busy with other things takes its time.
const timeoutMs = 600_000;

async function simulate(...args: string[]): Promise<{ code: number | null; output: string }> {
  const flags = ["--conditions=@sewer/source", "--max-semi-space-size=64", program];
  const child = spawn(process.execPath, [...flags, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (bytes: Buffer) => (output += bytes.toString()));
  }
  const code = await new Promise<number | null>((resolve) => {
    child.on("close", resolve);
  });
  return { code, output };
}

describe.concurrent("the simulation", () => {
  test.each([1, 1 + half])(
    `breaks no rule in ${half} scenarios from seed %d`,
    async (first) => {
      const { code, output } = await simulate("--scenarios", String(half), "--first", String(first));
      expect(output).toContain(`${half} scenarios from seed ${first}, no violation`);
      expect(code).toBe(0);
    },
    timeoutMs,
  );

  test.each(mutants)(
    "catches the change: $name",
    async ({ name }) => {
      const { code, output } = await simulate("--mutant", name, "--scenarios", "20000");
      expect(output).toContain('violation of "');
      expect(output).toContain(`--mutant ${name}`);
      expect(code).toBe(1);
    },
    timeoutMs,
  );
});

test("a mutant whose text is not in the source is refused", () => {
  expect(() => mutate({ name: "gone", file: "lane.ts", find: "no such text", replace: "" })).toThrow(
    "0 times",
  );
});
