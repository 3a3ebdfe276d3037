import { isSewerError, recordsOf, sleep, type SettleableBatch } from "@sewer/core";
import type { SimFileSystem } from "@sewer/testkit";
import { openSpool, type SpoolWriter } from "../../src/index.ts";
import { recordText } from "./ledger.ts";
import type { WriterPlan } from "./scenario.ts";
import { Violation } from "./violation.ts";
import { dir, type World } from "./world.ts";

const attemptsMax = 40;
// Longer than any pause of the spool: it rolls, measures and tries again within 1 s. In many small steps, as time
// may pass while calls wait for the disk.
const patience = { steps: 250, stepMs: 20 };
const never = new AbortController().signal;

/** Writes the records of a plan, and stops cleanly or not. */
export class WriterActor {
  readonly #world: World;
  readonly #plan: WriterPlan;
  readonly #index: number;
  #writer: SpoolWriter | undefined;

  constructor(world: World, plan: WriterPlan) {
    this.#world = world;
    this.#plan = plan;
    this.#index = world.ledger.addWriter(plan);
  }

  /** Tells the ledger where the watermark stands. */
  observe(): void {
    if (this.#writer !== undefined) this.#world.ledger.durable(this.#index, this.#writer.durable);
  }

  /** Its process was killed. */
  gone(): void {
    this.#world.ledger.gone(this.#index);
  }

  async run(fs: SimFileSystem): Promise<void> {
    const { chance, clock } = this.#world;
    try {
      await this.#open(fs);
      for (let number = 1; number <= this.#plan.records; number++) {
        if (!(await this.#append(number))) break;
        if (chance.is(0.4)) await sleep(clock, chance.between(0, 15));
        if (chance.is(0.05)) void this.#writer!.roll(chance.pick(["age", "size", "stop"]));
      }
      await sleep(clock, chance.between(0, 60));
      if (this.#plan.closes) await this.#writer!.close();
    } catch (error) {
      // A disk that refuses everything may refuse this, too.
      if (!isSewerError(error)) throw error;
    }
  }

  async #open(fs: SimFileSystem): Promise<void> {
    const { level, sinks, bufferBytes, rollBytes, rollEveryMs, maxBytes, onFull } = this.#plan;
    this.#writer = await openSpool({
      dir,
      meta: () => Buffer.from(JSON.stringify({ sinks })),
      durability: level,
      fsyncIntervalMs: 25,
      rollEveryMs,
      rollBytes,
      rollAlign: false,
      maxBytes,
      onFull,
      bufferBytes,
      poolBytesMax: 3 * bufferBytes,
      closeWithinMs: 500,
      measureEveryMs: 100,
      ...this.#world.surroundings,
      fs,
      locks: fs.locks,
    });
    this.#writer.onDurable(() => this.#world.guard(() => this.observe()));
  }

  /** Waits until the spool says that there is room for a record. @returns false when it has said nothing for long. */
  async #roomCame(bytes: number): Promise<boolean> {
    const { clock } = this.#world;
    const told = new AbortController();
    const end = this.#writer!.onRoom(() => told.abort());
    for (let step = 0; step < patience.steps && !told.signal.aborted; step++) {
      await sleep(clock, patience.stepMs, told.signal);
    }
    end();
    if (told.signal.aborted) return true;
    // Every batch in quarantine may have used the budget up; whoever waits for room that is there, hangs.
    if (typeof this.#writer!.reserve(bytes) === "string") return false;
    throw new Violation("room", "there is room, and nobody was told");
  }

  /** @returns false when the spool takes nothing any more. */
  async #append(number: number): Promise<boolean> {
    const { chance, clock, ledger } = this.#world;
    const text = recordText(this.#index, number, chance.between(10, this.#plan.recordBytesMax));
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const room = this.#writer!.reserve(text.length);
      if (room === "full") {
        await sleep(clock, 10);
        continue;
      }
      if (room === "wait") {
        if (!(await this.#roomCame(text.length))) return false;
        continue;
      }
      room.buffer.write(text, room.offset, "latin1");
      const given = this.#writer!.commit(text.length);
      if (given !== number) throw new Violation("number", `record ${number} got number ${given}`);
      ledger.committed(this.#index, number);
      return true;
    }
    return false;
  }
}

/** What {@link SinkActor} does beside delivering. */
export interface SinkHabits {
  /** Share of the attempts that fail after the delivery, and of the batches that it cannot use. */
  readonly failures: number;
  readonly quarantines: number;
}

/** All sinks of a life: each stores a batch under its id, notes something before, and acknowledges. */
export class SinkActor {
  /** Batches that are not settled yet. */
  outstanding = 0;
  readonly #world: World;
  readonly #habits: SinkHabits;
  /** Those whose last note failed. */
  readonly #unnoted = new Set<SettleableBatch>();
  #isClosed = false;

  constructor(world: World, habits: SinkHabits) {
    this.#world = world;
    this.#habits = habits;
  }

  /** The drain closes: what is under way may fail. */
  close(): void {
    this.#isClosed = true;
  }

  readonly take = (batch: SettleableBatch): void => {
    this.outstanding += 1;
    this.#deliver(batch).then(
      () => (this.outstanding -= 1),
      (error: unknown) => this.#world.fail(error),
    );
  };

  async #deliver(batch: SettleableBatch): Promise<void> {
    const { clock } = this.#world;
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      try {
        return await this.#attempt(batch);
      } catch (error) {
        if (this.#isClosed && !(error instanceof Violation)) return;
        if (!isSewerError(error)) throw error;
      }
      await sleep(clock, 20);
    }
    throw new Violation("stuck", `batch ${batch.id} cannot be delivered to ${batch.sink}`);
  }

  async #note(batch: SettleableBatch, count: number): Promise<void> {
    const { chance, ledger } = this.#world;
    const note = `${count} ${"n".repeat(chance.between(0, chance.pick([20, 2000])))}`;
    this.#unnoted.add(batch);
    ledger.noting(batch.sink, batch.id, note);
    await batch.note(Buffer.from(note));
    ledger.noted(batch.sink, batch.id, note);
    this.#unnoted.delete(batch);
  }

  async #attempt(batch: SettleableBatch): Promise<void> {
    const { chance, disk, ledger } = this.#world;
    const { sink, id } = batch;
    if (!disk.isDurable(`${dir}/q/${sink}/${id}.seal`) && !ledger.isSuspect(id)) {
      throw new Violation("durable", `batch ${id} is given to ${sink} and is not on disk yet`);
    }
    const notes = (await batch.notes()).map((note) => Buffer.from(note).toString("latin1"));
    ledger.given(sink, id, notes);
    for (let count = notes.length; this.#unnoted.has(batch) || chance.is(0.25); count++) {
      await this.#note(batch, count);
    }
    const texts: string[] = [];
    for await (const frame of batch.frames(never)) {
      for (const record of recordsOf(frame.payload)) texts.push(record.toString("latin1"));
    }
    ledger.delivered(sink, id, texts);
    if (chance.is(this.#habits.failures)) await this.#attempt(batch);
    else if (chance.is(this.#habits.quarantines)) {
      await batch.quarantine("the explorer says so");
      ledger.settled(sink, id, "quarantined");
    } else {
      await batch.acknowledge({ destination: `/out/${id}`, records: texts.length, bytes: texts.length });
      ledger.settled(sink, id, "settled");
    }
  }
}
