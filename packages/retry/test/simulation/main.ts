/**
 * Plays scenarios against the real queue, from seeds that follow each other, and checks each step.
 *
 *   --scenarios N   how many (default 100,000)
 *   --first N       the first seed (default 1); `random` for one that nobody has tried
 *   --mutant NAME   with a change that breaks a rule (mutants.ts)
 *
 * A violation ends it with exit code 1, after a line that repeats it.
 */
import { parseArgs } from "node:util";
import { Jitter } from "./jitter.ts";
import { applyMutant } from "./mutants.ts";
import { Violation } from "./violation.ts";

const { values } = parseArgs({
  options: {
    scenarios: { type: "string", default: "100000" },
    first: { type: "string", default: "1" },
    mutant: { type: "string" },
  },
});
if (values.mutant !== undefined) applyMutant(values.mutant);
// After the mutant: they load what it changes.
const { scenarioOf } = await import("./scenario.ts");
const { World } = await import("./world.ts");

const count = Number(values.scenarios);
const first = values.first === "random" ? Math.floor(Math.random() * 2 ** 31) : Number(values.first);
const waits = { own: new Jitter("full jitter of a batch"), probe: new Jitter("full jitter of the probes") };
let seed = first;
try {
  for (; seed < first + count; seed += 1) new World(scenarioOf(seed), waits).run();
  waits.own.check();
  waits.probe.check();
  print(`${count} scenarios from seed ${first}, no violation`);
} catch (error) {
  if (!(error instanceof Violation)) throw new Error(`seed ${seed}`, { cause: error });
  // Evenness is a matter of all of them.
  const [from, scenarios] = seed < first + count ? [seed, 1] : [first, count];
  const mutant = values.mutant === undefined ? "" : ` --mutant ${values.mutant}`;
  print(`seed ${seed}: ${error.message}`);
  print(
    `again: node --conditions=@sewer/source packages/retry/test/simulation/main.ts --first ${from} --scenarios ${scenarios}${mutant}`,
  );
  process.exitCode = 1;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
