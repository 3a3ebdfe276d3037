import { noMetrics, silentLogger } from "@sewer/core";
import type { ManualClock, SimDisk } from "@sewer/testkit";
import type { Chance } from "./chance.ts";
import type { Ledger } from "./ledger.ts";
import type { Faults } from "./scenario.ts";
import { Violation } from "./violation.ts";

/** Steps after which a life that does not end hangs. */
const stepsMax = 20_000;

/** Directory of the spool on every simulated disk. */
export const dir = "/spool";

/** One life: the processes from a start to a crash or a clean end, on one disk, with one clock. */
export class World {
  readonly disk: SimDisk;
  readonly ledger: Ledger;
  readonly chance: Chance;
  readonly clock: ManualClock;
  readonly surroundings;
  /** Called when all that was under way has come to rest, before the next thing happens. */
  onRest: () => Promise<void> = () => Promise.resolve();
  #violation: unknown;

  constructor(disk: SimDisk, ledger: Ledger, chance: Chance, clock: ManualClock) {
    this.disk = disk;
    this.ledger = ledger;
    this.chance = chance;
    this.clock = clock;
    this.surroundings = { clock, logger: silentLogger, metrics: noMetrics, random: chance.random };
    disk.onDone = (call, result) =>
      this.guard(() => ledger.done(call, result, (path) => disk.contentOf(path)));
    disk.onFailed = (call) => {
      if (call.operation === "datasync") ledger.syncFailed(call);
    };
  }

  /** Lets calls fail from now on. */
  breakCalls(which: Faults): void {
    if (which === "none") return;
    if (which === "full") return this.#fill(this.chance.pick([10_000, 0]));
    const every = which === "notes" ? 4 : which === "syncs" ? this.chance.pick([10, 40]) : 40;
    this.disk.judge = (operation, path) => {
      if (which !== "any" && operation !== "datasync") return undefined;
      if (which === "notes" && !path.endsWith(".jnl")) return undefined;
      if (!this.chance.is(1 / every)) return undefined;
      if (operation === "write" && this.chance.is(0.5)) return { shortTo: this.chance.between(1, 300) };
      return { code: this.chance.pick(["EIO", "EIO", "ENOSPC", "EMFILE"]) };
    };
  }

  /** The disk has no room for a note or a name of the delivery half while the reserve is larger than this. */
  #fill(reserveBytesMax: number): void {
    const reserve = `${dir}/RESERVE`;
    this.disk.judge = (operation, path) => {
      const isNote = operation === "write" && /\.jnl$|\.jsonl$/.test(path);
      const isAcceptance = operation === "link" && path.startsWith(`${dir}/q/`);
      if (!isNote && !isAcceptance) return undefined;
      const isFull =
        this.disk.paths().includes(reserve) && this.disk.contentOf(reserve).length > reserveBytesMax;
      return isFull ? { code: "ENOSPC" } : undefined;
    };
  }

  /** Does something that may find a violation, from inside a call of the spool. */
  guard(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.fail(error);
    }
  }

  /** The first violation ends the life; what a dead process does counts no more. */
  fail(error: unknown): void {
    if (!this.disk.isStopped) this.#violation ??= error;
  }

  /** Runs until `main` is done or the disk stops. @throws the first violation. */
  async run(main: () => Promise<void>): Promise<void> {
    let isDone = false;
    main().then(
      () => (isDone = true),
      (error: unknown) => this.fail(error),
    );
    for (let step = 0; step < stepsMax; step++) {
      await macrotask();
      if (this.#violation !== undefined) throw this.#violation;
      if (isDone || this.disk.isStopped) return;
      await this.onRest();
      const isTime = this.disk.pending === 0 || this.chance.is(0.1);
      if (isTime ? this.clock.runNext() : this.disk.step()) continue;
      if (!this.disk.step()) throw new Violation("hang", "nothing is under way and nothing is planned");
    }
    throw new Violation("hang", `not done after ${stepsMax} steps`);
  }
}

/** Lets every promise that can settle do so. */
function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
