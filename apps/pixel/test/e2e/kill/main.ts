/**
 * Kills the real server under load as a program:
 *
 * ```
 * node --conditions=@sewer/source apps/pixel/test/e2e/kill/main.ts
 *   --rounds N    kills, ten of them on the same spool directories. Default 100, or SEWER_KILL_ROUNDS
 *   --seed N      decides how long each server lives. Default "random", which is printed
 * ```
 *
 * Ends with 1 when a promise was broken; the spools and the output are then kept, and their directory is printed.
 */
import { mkdtempSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { seededRandom } from "@sewer/testkit";
import { runKillSeries, type LevelLoad, type LevelOutcome } from "./kill-series.ts";
import { levels } from "./promises.ts";

const roundsPerSeries = 10;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: process.env["SEWER_KILL_ROUNDS"] ?? "100" },
    seed: { type: "string", default: "random" },
  },
});
const rounds = Number(values.rounds);
const seed = values.seed === "random" ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
const random = seededRandom(seed);
const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopping.abort());

print(`${rounds} kills, seed ${seed}`);
const totals = new Map(levels.map((level) => [level, { acknowledged: 0, lost: 0, lostBytesMost: 0 }]));
for (let done = 0; done < rounds; done += roundsPerSeries) await runSeries(done);
for (const [level, { acknowledged, lost, lostBytesMost }] of totals) {
  const worst = `${lost} lost, at most ${lostBytesMost} bytes in one kill`;
  print(`${level}: ${rounds} kills, ${acknowledged} acknowledged, ${worst}, no promise broken`);
}

async function runSeries(done: number): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "sewer-kill-"));
  try {
    const outcomes = await runKillSeries({
      dir,
      rounds: Math.min(roundsPerSeries, rounds - done),
      random,
      signal: stopping.signal,
      onRound: (round, loads) => showRound(done + round, loads),
    });
    for (const outcome of outcomes) add(outcome);
    const broken = outcomes.flatMap((outcome) => outcome.broken.map((text) => `${outcome.level}: ${text}`));
    if (broken.length > 0) throw new Error(broken.join("\n"));
  } catch (error) {
    if (!stopping.signal.aborted) {
      print(`${String(error)}\nseed ${seed}, spools and output in ${dir}`);
      process.exit(1);
    }
  }
  rmSync(dir, { recursive: true });
  if (stopping.signal.aborted) process.exit(130);
}

function showRound(round: number, loads: readonly LevelLoad[]): void {
  const answers = loads.map(({ level, load }) => `${level} ${load.acknowledged.length}`).join(", ");
  print(`kill ${round} of ${rounds}, after 204s: ${answers}`);
}

function add({ level, acknowledged, lost, lostBytesMost }: LevelOutcome): void {
  const total = totals.get(level);
  if (total === undefined) return;
  total.acknowledged += acknowledged;
  total.lost += lost;
  total.lostBytesMost = Math.max(total.lostBytesMost, lostBytesMost);
}

function print(line: string): void {
  // Not through a stream: the process may end at once.
  writeSync(1, `${line}\n`);
}
