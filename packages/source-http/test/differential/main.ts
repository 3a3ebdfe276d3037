/**
 * The differential tests as a program:
 *
 * ```
 * node --conditions=@sewer/source packages/source-http/test/differential/main.ts --inputs 10000000
 *   --inputs N    inputs to compare. Default 200000
 *   --first N     seed of the first; the others follow it. Default 1; "random" is printed
 *   --seed N      one input again, with what both servers made of it
 *   --progress    says how far it is, every 100,000 inputs
 * ```
 *
 * Ends with 1 and the seeds of what no listed class of disagreements explains.
 */
import { parseArgs } from "node:util";
import { askNode } from "./node-server.ts";
import { askOurs } from "./own-server.ts";
import { randomInput } from "./random-input.ts";
import { runDifferential, runNoise } from "./run.ts";

const { values } = parseArgs({
  options: {
    inputs: { type: "string", default: "200000" },
    first: { type: "string", default: "1" },
    seed: { type: "string" },
    progress: { type: "boolean", default: false },
  },
});

if (values.seed === undefined) await runAll();
else await showOne(Number(values.seed));

async function runAll(): Promise<void> {
  const first = values.first === "random" ? Math.floor(Math.random() * 2 ** 31) : Number(values.first);
  const inputs = Number(values.inputs);
  const step = 100_000;
  const totals = new Map<string, number>();
  process.stdout.write(`seeds from ${first} on\n`);
  for (let done = 0; done < inputs && process.exitCode === undefined; done += step) {
    const count = Math.min(step, inputs - done);
    const { disagreements, findings } = await runDifferential(first + done, count);
    for (const [name, times] of disagreements) totals.set(name, (totals.get(name) ?? 0) + times);
    const all = [...findings, ...(await runNoise(first + done, count))];
    if (all.length > 0) {
      process.stdout.write(`${all.join("\n\n")}\n`);
      process.exitCode = 1;
    }
    if (values.progress) process.stdout.write(`${done + count} inputs\n`);
  }
  for (const [name, times] of [...totals].toSorted((one, other) => other[1] - one[1]))
    process.stdout.write(`${times}\t${name}\n`);
}

async function showOne(seed: number): Promise<void> {
  const input = Buffer.from(randomInput(seed), "latin1");
  const [node] = await askNode([input]);
  const text = JSON.stringify(
    { input: input.toString("latin1"), ours: askOurs([input]), node },
    undefined,
    2,
  );
  process.stdout.write(`${text}\n`);
}
