/**
 * The crash explorer (explorer/main.ts) as a test: the real code on a simulated disk that crashes at every call.
 * `pnpm soak` runs two million states from a new seed.
 */
import { fileURLToPath } from "node:url";
import { mutate, runSource, type SourceRun } from "@sewer/testkit";
import { describe, expect, it } from "vitest";
import { harmful, harmless, sources, type Mutant } from "./explorer/mutants.ts";

const program = fileURLToPath(new URL("explorer/main.ts", import.meta.url));
// Two cores do them in about two minutes.
const states = 200_000;
// Each harmful mutant that shows by chance alone is caught in less.
const harmlessStates = 10_000;
// Against hanging only; a machine that is busy with other things takes its time.
const timeoutMs = 900_000;

function explore(...args: string[]): Promise<SourceRun> {
  return runSource(program, args);
}

function wishesOf({ level, faults, first }: Mutant): string[] {
  return [
    ...(level === undefined ? [] : ["--level", level]),
    ...(faults === undefined ? [] : ["--faults", faults]),
    ...(first === undefined ? [] : ["--first", String(first)]),
  ];
}

describe("the crash explorer", () => {
  it(
    "finds no violation in the states of the first scenarios",
    async () => {
      const { code, output } = await explore("--states", String(states), "--workers", "2");
      const counts = [...output.matchAll(/^(\d+) states, no violation/gm)].map((match) => Number(match[1]));
      expect(code, output).toBe(0);
      expect(counts).toHaveLength(2);
      expect(counts[0]! + counts[1]!).toBeGreaterThanOrEqual(states);
    },
    timeoutMs,
  );

  it.each([...harmful, ...harmless])("finds the text of the mutant $name in the source", (mutant) => {
    expect(mutate(mutant, sources)).not.toBe("");
  });

  it("refuses a mutant whose text is not in the source", () => {
    const gone = { ...harmful[0]!, find: "no such text" };
    expect(() => mutate(gone, sources)).toThrow("its text is 0 times");
  });
});

// At the same time: each is a process that needs one core.
describe.concurrent("changes of the spool", () => {
  it.each(harmful)(
    "are caught by the crash explorer: $name",
    async (mutant) => {
      const { name } = mutant;
      const { code, output } = await explore("--mutant", name, "--states", "60000", ...wishesOf(mutant));
      expect(output).toContain('violation of "');
      expect(output).toContain(`--mutant ${name}`);
      expect(code).toBe(1);
    },
    timeoutMs,
  );

  it.each(harmless)(
    "break nothing: $name, because $why",
    async (mutant) => {
      const args = ["--mutant", mutant.name, "--states", String(harmlessStates), "--first", "5000"];
      const { code, output } = await explore(...args, ...wishesOf(mutant));
      expect(code, output).toBe(0);
    },
    timeoutMs,
  );
});
