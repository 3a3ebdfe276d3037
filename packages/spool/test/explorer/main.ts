/**
 * The crash explorer as a program:
 *
 * ```
 * node --conditions=@sewer/source packages/spool/test/explorer/main.ts --states 200000
 *   --states N       states to explore
 *   --first N        seed of the first scenario; the others follow it. Default 1; "random" is printed
 *   --stride N       distance of the seeds
 *   --level LEVEL    of all writers
 *   --faults KIND    calls that fail in every life: none, syncs, notes, any, full
 *   --seed N --step N --image N    one state again, with every call
 *   --mutant NAME    with a change that breaks the spool (mutants.ts)
 *   --workers N      in so many processes at once
 *   --progress       says how far it is, every 5 seconds
 * ```
 *
 * Ends with 1 and the command that shows the violation again.
 */
import { spawn } from "node:child_process";
import { writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { applyMutant } from "./mutants.ts";
import type { Wishes } from "./scenario.ts";

const { values } = parseArgs({
  options: {
    states: { type: "string", default: "20000" },
    first: { type: "string", default: "1" },
    stride: { type: "string", default: "1" },
    level: { type: "string" },
    faults: { type: "string" },
    seed: { type: "string" },
    step: { type: "string" },
    image: { type: "string" },
    mutant: { type: "string" },
    workers: { type: "string", default: "1" },
    progress: { type: "boolean", default: false },
  },
});

const first = values.first === "random" ? Math.floor(Math.random() * 2 ** 31) : Number(values.first);
if (Number(values.workers) > 1) process.exit(await inWorkers(Number(values.workers)));

if (values.mutant !== undefined) applyMutant(values.mutant);
// After the mutant: it changes what this loads.
const { exploreScenario, Finding } = await import("./explorer.ts");

// Most errors here are expected answers of the disk, and a stack costs more than the call.
if (values.seed === undefined) Error.stackTraceLimit = 0;

const wishes = { level: values.level, faults: values.faults } as Wishes;
const wanted = Number(values.states);
const startedMs = performance.now();
let states = 0;
let seed = Number(values.seed ?? first);
let shownMs = startedMs;

process.on("unhandledRejection", (error) => report(error));

try {
  if (values.seed === undefined) await explore();
  else await replay();
} catch (error) {
  report(error);
}

async function explore(): Promise<void> {
  const isEnough = (): boolean => states >= wanted;
  for (; !isEnough(); seed += Number(values.stride)) {
    await exploreScenario(seed, { wishes, powerCuts: 3, isEnough, onState: count });
  }
  const { user, system } = process.cpuUsage();
  const each = ((user + system) / 1000 / states).toFixed(2);
  write(`${states} states, no violation, ${rate()} a second, ${each} ms of CPU each\n`);
}

async function replay(): Promise<void> {
  const only = { seed, step: Number(values.step), image: Number(values.image) };
  await exploreScenario(seed, {
    wishes,
    powerCuts: 3,
    only: values.step === undefined ? undefined : only,
    trace: (life, { operation, path, bytes, position }, isFailed) => {
      const where = bytes === undefined ? "" : ` ${bytes.length} at ${position}`;
      write(`${life}: ${operation} ${path}${where}${isFailed ? " failed" : ""}\n`);
    },
    onState: count,
  });
  write(`${states} states, no violation\n`);
}

/** @returns 0 when all of them found nothing. The first that finds something ends the others. */
async function inWorkers(workers: number): Promise<number> {
  write(`scenarios from seed ${first}, ${workers} processes\n`);
  const flags = ["--conditions=@sewer/source", "--max-semi-space-size=64", fileURLToPath(import.meta.url)];
  const share = Math.ceil(Number(values.states) / workers);
  const children = Array.from({ length: workers }, (_, index) => {
    const args = ["--states", String(share), "--first", String(first + index), "--stride", String(workers)];
    if (values.progress) args.push("--progress");
    for (const name of ["level", "faults", "mutant"] as const) {
      if (values[name] !== undefined) args.push(`--${name}`, values[name]);
    }
    return spawn(process.execPath, [...flags, ...args], { stdio: "inherit" });
  });
  const codes = children.map(
    (child) =>
      new Promise<number>((resolve) => {
        child.on("close", (code) => {
          if (code !== 0) for (const other of children) other.kill();
          resolve(code ?? 0);
        });
      }),
  );
  return Math.max(...(await Promise.all(codes)));
}

function count(): void {
  states += 1;
  if (!values.progress || performance.now() - shownMs < 5000) return;
  shownMs = performance.now();
  write(`${states} of ${wanted} states, ${rate()} a second, scenario ${seed}\n`);
}

function rate(): number {
  return Math.round(states / ((performance.now() - startedMs) / 1000));
}

function report(error: unknown): never {
  const state = error instanceof Finding ? error.state : { seed, step: -1, image: -1 };
  const more = [
    ...(state.image < 0 ? [] : [`--step ${state.step} --image ${state.image}`]),
    ...(values.level === undefined ? [] : [`--level ${values.level}`]),
    ...(values.faults === undefined ? [] : [`--faults ${values.faults}`]),
    ...(values.mutant === undefined ? [] : [`--mutant ${values.mutant}`]),
  ];
  const program = "node --conditions=@sewer/source packages/spool/test/explorer/main.ts";
  const rule = error instanceof Finding ? error.rule : "crash";
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  write(
    `violation of "${rule}" after ${states} states\n${text}\nagain: ${program} --seed ${state.seed} ${more.join(" ")}\n`,
  );
  process.exit(1);
}

function write(text: string): void {
  // Not through a stream: the process may end at once.
  writeSync(1, text);
}
