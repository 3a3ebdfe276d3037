import { silentLogger, type Batch, type BatchJournal, type Receipt } from "@sewer/core";
import { ManualClock, seededRandom } from "@sewer/testkit";
import { describe, expect, test } from "vitest";
import { FilePublisher, formatOptions } from "../src/index.ts";
import { formatOf } from "../src/formats/format-of.ts";
import { batchId, batchOf, events } from "./events.ts";
import { FarSide } from "./support/far-side.ts";
import { FarStore, flaws, Life, type Flaw } from "./support/far-store.ts";

const path = `/out/data-${batchId}.seq`;
const never = new AbortController().signal;
const janitorDelayMs = 900_000;
/** Each with its own row of faults; SEWER_SEED plays one of them again. */
const scenarios = Number(process.env["SEWER_SCENARIOS"] ?? 3000);
const only = process.env["SEWER_SEED"];

/** What is on the spool's disk: it outlives every process. */
class Disk {
  notes: Uint8Array[] = [];
  receipt: Receipt | undefined;
  isJournalThere = true;
  readonly #flaw: Flaw | undefined;

  constructor(flaw: Flaw | undefined) {
    this.#flaw = flaw;
  }

  /** The batch as a process sees it, and dies with it. */
  batch(life: Life, origin: "fresh" | "recovered"): Batch {
    const plan = { path, format: formatOptions.parse({ compression: "none" }) };
    const inMemory = batchOf({ plan, origin, events: events(10) });
    return {
      ...inMemory,
      frames: (signal) => inMemory.frames(signal),
      get readableCount() {
        return inMemory.readableCount;
      },
      note: async (bytes) => {
        await life.step();
        const { step } = JSON.parse(Buffer.from(bytes).toString()) as { step: string };
        if (`forgets what was ${step}` !== this.#flaw) this.notes.push(Uint8Array.from(bytes));
        await life.step();
      },
      notes: async () => [...this.notes],
      endJournal: async () => this.#end(life),
    };
  }

  journal(life: Life): BatchJournal {
    return { id: batchId, notes: async () => [...this.notes], endJournal: async () => this.#end(life) };
  }

  async #end(life: Life): Promise<boolean> {
    await life.step();
    if (this.receipt === undefined) return false;
    this.isJournalThere = false;
    return true;
  }
}

async function scenario(seed: number, flaw?: Flaw): Promise<void> {
  const random = seededRandom(seed);
  const far = new FarSide(random);
  const disk = new Disk(flaw);
  const clock = new ManualClock(1_700_000_000_000);
  const hasConsumer = random.next() < 0.3;
  // Who loses the journal, and has a consumer that takes files away, cannot know any more.
  const losesJournal = !hasConsumer && random.next() < 0.2;

  /** One process: delivers until it has the batch, or dies. */
  async function live(steps: number, faults: number, origin: "fresh" | "recovered"): Promise<void> {
    const died = Promise.withResolvers<void>();
    const life = new Life(steps, died.resolve);
    const store = new FarStore({ far, life, random, batch: batchId, faults, hasConsumer, flaw });
    const publisher = new FilePublisher({
      store,
      sink: "main",
      clock,
      random,
      logger: silentLogger,
      // A thread has a life of its own; here a process is all that lives.
      format: formatOf,
      janitorDelayMs,
    });
    const work = async (): Promise<void> => {
      const kept = disk.receipt !== undefined && disk.isJournalThere;
      await publisher.start(kept ? [disk.journal(life)] : []);
      const batch = disk.batch(life, origin);
      while (disk.receipt === undefined) {
        try {
          const receipt = await publisher.deliver(batch, never);
          await life.step();
          disk.receipt = receipt;
          if (receipt.keepsJournal !== true) disk.isJournalThere = false;
        } catch (error) {
          expect(error).toMatchObject({ scope: "sink", retry: "temporary" });
        }
      }
      // Whatever hangs happens before the janitor's time.
      far.settle();
      for (let turn = 0; disk.isJournalThere && turn < 50; turn += 1) {
        clock.advance(janitorDelayMs);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await Promise.race([work(), died.promise]);
    life.isOver = true;
    publisher.stop();
  }

  const deaths = Math.floor(random.next() * 4);
  for (let i = 0; i < deaths; i += 1) {
    await live(Math.floor(random.next() * 25), random.next(), "recovered");
    if (losesJournal && disk.receipt === undefined) disk.notes = [];
  }
  await live(Infinity, random.next() * 0.8, deaths === 0 ? "fresh" : "recovered");
  far.settle();

  expect(disk.receipt).toMatchObject({ destination: `far:${path}`, records: 10 });
  expect(far.shown.map(({ path: at }) => at)).toEqual([path]);
  expect(far.shown[0]!.bytes.length, "what is visible is whole").toBe(disk.receipt?.bytes);
  expect(disk.isJournalThere).toBe(false);
  // A lost journal held the names of what comes up late.
  const left = [...far.files].filter(
    ([name, { isLate }]) => name.startsWith("/out/.") && !(isLate && losesJournal),
  );
  expect(left.map(([name]) => name)).toEqual([]);
}

/** Plays scenarios until one goes wrong. @returns what went wrong, and the seed that plays it again. */
async function firstViolation(
  seeds: { from: number; count: number },
  flaw?: Flaw,
): Promise<string | undefined> {
  for (let seed = seeds.from; seed < seeds.from + seeds.count; seed += 1) {
    try {
      await scenario(seed, flaw);
    } catch (error) {
      return `SEWER_SEED=${seed} plays it again: ${error instanceof Error ? error.stack : String(error)}`;
    }
  }
  return undefined;
}

test("SNK-3, SNK-11, SNK-13: whatever fails and whenever the process dies, the batch is there once, whole, and nothing else", async () => {
  const seeds = only === undefined ? { from: 1, count: scenarios } : { from: Number(only), count: 1 };
  expect(await firstViolation(seeds)).toBeUndefined();
});

describe("a protocol that has a flaw is caught", () => {
  test.each(flaws)("%s", async (flaw) => {
    expect(await firstViolation({ from: 1, count: scenarios }, flaw)).toMatch(/^SEWER_SEED=/);
  });
});
