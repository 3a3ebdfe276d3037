import { isSewerError, sleep } from "@sewer/core";
import type { SimDisk, SimFileSystem } from "@sewer/testkit";
import { openDrain, type Drain, type DrainOptions } from "../../src/index.ts";
import { SinkActor, WriterActor, type SinkHabits } from "./actors.ts";
import { levels, writerPlan, type Faults, type Scenario } from "./scenario.ts";
import { Violation } from "./violation.ts";
import { dir, type World } from "./world.ts";

// Without one batch more that is done.
const roundsMax = 200;
const attemptsMax = 20;

/** The life before the crash: writers and the delivery half, in one process or in several. */
export class Workload {
  readonly #world: World;
  readonly #scenario: Scenario;
  readonly #writers: WriterActor[];

  constructor(world: World, scenario: Scenario) {
    this.#world = world;
    this.#scenario = scenario;
    this.#writers = scenario.writers.map((plan) => new WriterActor(world, plan));
    world.breakCalls(scenario.faults);
  }

  /** Tells the ledger everything that can be seen from outside now. */
  observe(): void {
    for (const writer of this.#writers) writer.observe();
  }

  async run(): Promise<void> {
    const { chance, clock, disk } = this.#world;
    const home = disk.process();
    const running: Promise<void>[] = [];
    for (const writer of this.#writers) {
      if (chance.is(0.3)) await sleep(clock, chance.between(0, 30));
      if (!this.#scenario.isDivided) running.push(writer.run(home));
      else running.push(this.#runApart(writer));
    }
    running.push(this.#drain(home, Promise.all(running)));
    await Promise.all(running);
  }

  /** A process of its own that may be killed while the others live on. */
  async #runApart(writer: WriterActor): Promise<void> {
    const { chance, clock, disk } = this.#world;
    const own = disk.process();
    const done = writer.run(own);
    if (chance.is(0.4)) return done;
    await Promise.race([done, sleep(clock, chance.between(5, 150))]);
    own.kill();
    writer.gone();
  }

  async #drain(fs: SimFileSystem, written: Promise<unknown>): Promise<void> {
    const { chance, clock } = this.#world;
    if (chance.is(0.5)) await sleep(clock, chance.between(0, 100));
    const { sinkFailures: failures, quarantines, reserveBytes } = this.#scenario;
    const sinks = new SinkActor(this.#world, { failures, quarantines });
    let drain: Drain;
    try {
      drain = await openDrain(drainOptions(this.#world, fs, reserveBytes));
    } catch (error) {
      if (this.#scenario.faults === "any" && isSewerError(error)) return;
      throw error;
    }
    drain.onBatch(sinks.take);
    await written;
    await sleep(clock, chance.between(0, 150));
    sinks.close();
    await drain.close();
    checkAccounts(drain);
  }
}

/** What happens in a start after a crash. */
export interface RecoveryPlan extends SinkHabits {
  readonly faults: Faults;
  readonly reserveBytes: number;
  /** A writer works beside it. */
  readonly writes: boolean;
}

/** A start after a crash: everything is delivered, unless this life ends before. */
export async function recover(world: World, plan: RecoveryPlan): Promise<void> {
  const { chance, clock, disk } = world;
  const fs = disk.process();
  const sinks = new SinkActor(world, plan);
  world.breakCalls(plan.faults);
  const drain = await openPatiently(world, fs, plan.reserveBytes);
  drain.onBatch(sinks.take);
  if (plan.writes) {
    const writer = { ...writerPlan(chance, chance.pick(levels), 6), maxBytes: 10_000_000, closes: true };
    await new WriterActor(world, writer).run(fs);
    drain.poke();
  }
  await drain.started;
  let left = leftovers(disk);
  for (let round = 0; sinks.outstanding > 0 || left.length > 0; round++) {
    if (round === roundsMax) throw new Violation("stuck", left.join(" "));
    drain.poke();
    await sleep(clock, 20);
    const before = left.length;
    left = leftovers(disk);
    if (left.length < before) round = 0;
  }
  await drain.close();
  checkAccounts(drain);
  for (const [sink, { onDisk }] of Object.entries(drain.statistics.sinks)) {
    if (onDisk.batches !== 0) throw new Violation("accounts", `${sink}: ${JSON.stringify(onDisk)} on disk`);
  }
  world.ledger.checkAll();
  checkReceipts(world);
}

/** Opens the drain; a disk that fails may refuse it, and whoever runs the server starts it again. */
async function openPatiently(world: World, fs: SimFileSystem, reserveBytes: number): Promise<Drain> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await openDrain(drainOptions(world, fs, reserveBytes));
    } catch (error) {
      if (attempt === attemptsMax || !isSewerError(error)) throw error;
    }
  }
}

function drainOptions(world: World, fs: SimFileSystem, reserveBytes: number): DrainOptions {
  return {
    dir,
    sinksOf: (meta) => (JSON.parse(meta.toString()) as { sinks: string[] }).sinks,
    receiptsKeepMs: 30 * 86_400_000,
    pollEveryMs: 15,
    adoptEveryMs: 45,
    windowMax: world.chance.pick([1, 2, 1024]),
    reserveBytes,
    ...world.surroundings,
    fs,
    locks: fs.locks,
  };
}

/** What still has to be delivered. */
function leftovers(disk: SimDisk): string[] {
  return disk.paths().filter((path) => /^\/spool\/(w|q)\/.*\.(open|seal)$/.test(path));
}

/** Every batch that a sink has, and that is not in its quarantine, has a receipt. */
function checkReceipts({ disk, ledger }: World): void {
  const paths = disk.paths();
  const files = paths.filter((path) => path.startsWith("/spool/receipts/"));
  const receipts = files.map((path) => disk.contentOf(path).toString("latin1")).join("");
  for (const key of ledger.having()) {
    const [sink, batch] = key.split(" ");
    if (paths.includes(`/spool/quarantine/${sink}/${batch}.seal`)) continue;
    if (receipts.includes(`"batch":"${batch}","sink":"${sink}"`)) continue;
    throw new Violation("receipts", `${sink} has batch ${batch}, and no receipt says so`);
  }
}

/** taken = delivered + on disk + quarantined + lost, for every sink, in records and in batches. */
function checkAccounts({ statistics }: Drain): void {
  for (const [sink, one] of Object.entries(statistics.sinks)) {
    const { taken, delivered, onDisk, quarantined, recordsLost } = one;
    const records = delivered.records + onDisk.records + quarantined.records + recordsLost;
    const batches = delivered.batches + onDisk.batches + quarantined.batches;
    if (records === taken.records && batches === taken.batches) continue;
    throw new Violation("accounts", `of ${sink} do not add up: ${JSON.stringify(one)}`);
  }
}
