import type { Random } from "@sewer/core";
import { sendLoad, type LoadResult } from "../load-client.ts";
import { LevelServer, countDelivered, deliverAll } from "./level-server.ts";
import { brokenPromises, bufferedLevels, bytesOf, levels, lostOf, type Level } from "./promises.ts";

const connectionsPerLevel = 5;
const eventsPerLoad = 1_000_000;
// The events are 1.2 KB on average: more than the buffers hold, so that losing all of them would be too much.
const longRoundAnswers = 20_000;
const shortRoundAnswersMax = 2000;

/** How a series is run. */
export interface KillSeriesOptions {
  /** An empty directory, for the spools and the output. */
  readonly dir: string;
  /** Starts that end with a kill. */
  readonly rounds: number;
  /** Decides how many answers each server lives for. */
  readonly random: Random;
  /** Ends the series early, without leaving a server behind. */
  readonly signal: AbortSignal;
  /** Called after each kill. */
  readonly onRound?: (round: number, loads: readonly LevelLoad[]) => void;
}

/** What one level answered in one round. */
export interface LevelLoad {
  readonly level: Level;
  readonly load: LoadResult;
}

/** What came out for one level. */
export interface LevelOutcome {
  readonly level: Level;
  readonly acknowledged: number;
  readonly lost: number;
  /** Bytes of the events that the worst round lost. */
  readonly lostBytesMost: number;
  /** Sentences; none when the level kept its promise. */
  readonly broken: readonly string[];
}

/**
 * Kills the server under load, again and again on the same spool directories, so that each start recovers and
 * delivers what the one before left, and is killed in the middle of that. Then everything is delivered and
 * compared with what clients saw acknowledged. The last round is long, the others are short.
 *
 * @throws when a server ends otherwise than by the kill, refuses an event, or cannot deliver in the end.
 */
export async function runKillSeries(options: KillSeriesOptions): Promise<LevelOutcome[]> {
  const { dir, rounds, random, signal, onRound } = options;
  const all: LevelLoad[] = [];
  for (let round = 1; round <= rounds; round++) {
    const short = 1 + Math.floor(random.next() * shortRoundAnswersMax);
    const server = await LevelServer.start(dir, signal);
    const loads = await killUnderLoad(server, round, round === rounds ? longRoundAnswers : short);
    all.push(...loads);
    onRound?.(round, loads);
  }
  await deliverAll(dir, signal);
  const outcomes: LevelOutcome[] = [];
  for (const level of levels) {
    const loads = all.filter((one) => one.level === level).map(({ load }) => load);
    outcomes.push(judge(level, loads, await countDelivered(dir, level)));
  }
  return outcomes;
}

/** Kills the server once every level has answered, and the buffered ones so often. */
async function killUnderLoad(server: LevelServer, round: number, answers: number): Promise<LevelLoad[]> {
  const { sewer, ports } = server;
  const waitedFor = new Set<Level>(levels);
  const loads = levels.map(async (level, index): Promise<LevelLoad> => {
    const enough = bufferedLevels.some((buffered) => buffered === level) ? answers : 1;
    const load = await sendLoad({
      port: ports[level],
      firstId: (round * levels.length + index) * eventsPerLoad,
      requests: eventsPerLoad,
      connections: connectionsPerLevel,
      onProgress: (count) => {
        if (count >= enough) waitedFor.delete(level);
        if (waitedFor.size === 0) sewer.child.kill("SIGKILL");
      },
    });
    return { level, load };
  });
  const { code, signal, stderr } = await sewer.ended;
  const results = await Promise.all(loads);
  if (signal !== "SIGKILL") throw new Error(`the server ended by itself with ${code ?? signal}:\n${stderr}`);
  for (const { level, load } of results) {
    const refused = [...load.refused.keys()];
    if (refused.length > 0) throw new Error(`level ${level}: answered ${refused.join(", ")}:\n${stderr}`);
  }
  return results;
}

function judge(
  level: Level,
  loads: readonly LoadResult[],
  delivered: ReadonlyMap<string, number>,
): LevelOutcome {
  const lost = loads.map((load) => lostOf(load, delivered));
  return {
    level,
    acknowledged: loads.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0),
    lost: lost.flat().length,
    lostBytesMost: Math.max(0, ...lost.map(bytesOf)),
    broken: brokenPromises(level, loads, delivered),
  };
}
