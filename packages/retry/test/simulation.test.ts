/**
 * Scenarios from seeds, on a clock that no machine can slow down, each step checked by a referee that knows
 * docs/specs/retry.md and nothing of the code. A violation prints the line that repeats it.
 */
import { fileURLToPath } from "node:url";
import { mutate, runSource, type SourceRun } from "@sewer/testkit";
import { describe, expect, test } from "vitest";
import { mutants, sources } from "./simulation/mutants.ts";

const program = fileURLToPath(new URL("simulation/main.ts", import.meta.url));
const half = 50_000;
// Against hanging only; a machine that is busy with other things takes its time.
const timeoutMs = 600_000;

function simulate(...args: string[]): Promise<SourceRun> {
  return runSource(program, args);
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
  expect(() => mutate({ name: "gone", file: "lane.ts", find: "no such text", replace: "" }, sources)).toThrow(
    "0 times",
  );
});
