import { ManualClock, SimDisk, type CrashKind, type SimCall } from "@sewer/testkit";
import { Chance } from "./chance.ts";
import { Ledger } from "./ledger.ts";
import { recover, Workload, type RecoveryPlan } from "./lives.ts";
import { faultsOf, reserveOf, scenarioOf, type Wishes } from "./scenario.ts";
import { Violation } from "./violation.ts";
import { World } from "./world.ts";

// Smaller than the pages of a machine, so that small writes are torn as large ones are.
const pageBytes = 512;
const crashesMax = 6;
const reads = new Set(["read", "handle-stat", "close", "readdir", "stat", "space"]);
const startMs = Date.UTC(2026, 0, 1);

/** A crash of a workload and what it left: seed of the scenario, step of it, number of the surviving state. */
export interface StateId {
  readonly seed: number;
  readonly step: number;
  readonly image: number;
}

/** How much of a scenario is explored. */
export interface Exploration {
  readonly wishes: Wishes;
  /** States for each power cut; a kill gives one. */
  readonly powerCuts: number;
  /** Only this one. */
  readonly only?: StateId | undefined;
  /** Called with every call of the file systems, and once more when it fails. */
  readonly trace?: ((life: string, call: SimCall, isFailed: boolean) => void) | undefined;
  /** No more states are wanted. */
  readonly isEnough?: (() => boolean) | undefined;
  /** Called for every state that was recovered from. */
  readonly onState: () => void;
}

/** A violation and the state that shows it. */
export class Finding extends Error {
  readonly state: StateId;
  readonly rule: string;

  constructor(state: StateId, cause: unknown) {
    super(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause), { cause });
    this.state = state;
    this.rule = cause instanceof Violation ? cause.rule : "crash";
  }
}

/**
 * Lives one scenario, and at each call of its file systems lets it end: by `kill -9` and by power cuts. Each
 * state that these leave is recovered by the real code, which is ended again now and then.
 *
 * @throws Finding for the first violation.
 */
export async function exploreScenario(seed: number, exploration: Exploration): Promise<void> {
  const scenario = scenarioOf(seed, exploration.wishes);
  const chance = new Chance(seed, 2);
  const disk = new SimDisk({ random: new Chance(seed, 3).random });
  const world = new World(disk, new Ledger(), chance, new ManualClock(startMs));
  const workload = new Workload(world, scenario);
  let step = 0;
  let isChanged = true;
  const { onDone, onFailed } = disk;
  disk.onDone = (call, result) => {
    isChanged ||= !reads.has(call.operation);
    exploration.trace?.("workload", call, false);
    onDone(call, result);
  };
  disk.onFailed = (call) => {
    exploration.trace?.("workload", call, true);
    onFailed(call);
  };
  world.onRest = async () => {
    step += 1;
    workload.observe();
    if (!isChanged || exploration.isEnough?.() === true) return;
    isChanged = false;
    for (let image = 0; image <= exploration.powerCuts; image++) {
      const id = { seed, step, image };
      const { only } = exploration;
      if (only !== undefined && (only.step !== step || only.image !== image)) continue;
      await exploreState(world, id, exploration);
    }
  };
  try {
    await world.run(() => workload.run());
  } catch (error) {
    if (error instanceof Finding) throw error;
    throw new Finding({ seed, step, image: -1 }, error);
  }
}

/** Image 0 is what a kill leaves, the others are what a power cut may leave. */
async function exploreState(world: World, id: StateId, exploration: Exploration): Promise<void> {
  const chance = new Chance(id.seed, id.step, id.image);
  let crash: Crash | undefined = crashNow(world, id.image === 0 ? "kill" : "power-cut", chance);
  try {
    for (let crashes = 1; crash !== undefined; crashes++) {
      exploration.onState();
      const life = `start ${crashes}`;
      crash = await liveAgain(crash, chance, {
        mayCrash: crashes < crashesMax,
        wishes: exploration.wishes,
        trace: (call, isFailed) => exploration.trace?.(life, call, isFailed),
      });
    }
  } catch (error) {
    throw new Finding(id, error);
  }
}

/** What a crash leaves. */
interface Crash {
  readonly disk: SimDisk;
  readonly ledger: Ledger;
  readonly nowMs: number;
}

function crashNow(world: World, kind: CrashKind, chance: Chance): Crash {
  const order = chance.is(0.08) ? "shuffled" : "at-once";
  const ledger = world.ledger.copy();
  ledger.crashed(kind);
  const disk = world.disk.crash(kind, { random: chance.random, order, pageBytes });
  return { disk, ledger, nowMs: world.clock.now() + chance.between(0, 5000) };
}

interface NextLife {
  readonly mayCrash: boolean;
  readonly wishes: Wishes;
  readonly trace: (call: SimCall, isFailed: boolean) => void;
}

/** A start on what a crash left. @returns the next crash, or undefined when this life ended well. */
async function liveAgain(
  { disk, ledger, nowMs }: Crash,
  chance: Chance,
  { mayCrash, wishes, trace }: NextLife,
): Promise<Crash | undefined> {
  const world = new World(disk, ledger, chance, new ManualClock(nowMs));
  const crashAt = mayCrash && chance.is(0.6) ? chance.between(1, chance.pick([30, 60, 150])) : Infinity;
  const kind = chance.pick<CrashKind>(["kill", "power-cut", "power-cut"]);
  let next: Crash | undefined;
  let calls = 0;
  const { onFailed } = disk;
  disk.onFailed = (call) => {
    trace(call, true);
    onFailed(call);
  };
  disk.onCall = (call) => {
    trace(call, false);
    calls += 1;
    if (calls !== crashAt) return;
    next = crashNow(world, kind, chance);
    disk.stop();
  };
  const faults = mayCrash ? faultsOf(chance, wishes.faults) : "none";
  const plan: RecoveryPlan = {
    failures: chance.pick([0, 0, 0.2]),
    quarantines: chance.pick([0, 0, 0, 0.2]),
    faults,
    reserveBytes: reserveOf(chance, faults),
    writes: chance.is(0.15),
  };
  await world.run(() => recover(world, plan));
  return next;
}
