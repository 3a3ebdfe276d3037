import { silentLogger, type BatchJournal } from "@sewer/core";
import { ManualClock } from "@sewer/testkit";
import { beforeEach, expect, test } from "vitest";
import { DeliveryNotes } from "../src/delivery-journal.ts";
import { Janitor } from "../src/janitor.ts";

const startMs = 1_700_000_000_000;
const delayMs = 900_000;
const temporary = "/out/.data-1.seq.01JDEF0000000000000000ABCD";
let clock: ManualClock;
let swept: string[];
let ended: string[];
let fault: Error | undefined;
let isSettled: boolean;
let janitor: Janitor;

beforeEach(() => {
  clock = new ManualClock(startMs);
  swept = [];
  ended = [];
  fault = undefined;
  isSettled = true;
  janitor = new Janitor({
    sweep: async (path) => {
      swept.push(path);
      if (fault !== undefined) throw fault;
    },
    delayMs,
    clock,
    logger: silentLogger,
  });
});

function journal(id: string, begunMs: number): BatchJournal {
  const note = { v: 1, step: "begun", file: temporary, time: begunMs };
  return {
    id,
    notes: async () => [Buffer.from(JSON.stringify(note))],
    endJournal: async () => {
      if (isSettled) ended.push(id);
      return isSettled;
    },
  };
}

async function watch(id: string, begunMs: number): Promise<void> {
  const one = journal(id, begunMs);
  janitor.watch(one, await DeliveryNotes.of(one));
}

async function passTime(ms: number): Promise<void> {
  clock.advance(ms);
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test("looks once, when nothing can come up any more, and ends the journal", async () => {
  await watch("a", startMs - 60_000);
  await watch("b", startMs);
  await passTime(delayMs - 60_001);
  expect(swept).toEqual([]);
  await passTime(1);
  expect([swept, ended]).toEqual([[temporary], ["a"]]);
  await passTime(60_000);
  expect([swept.length, ended]).toEqual([2, ["a", "b"]]);
  expect([janitor.watched, clock.pending]).toEqual([0, 0]);
});

test("what could not be deleted is tried again later", async () => {
  fault = new Error("HDFS is down");
  await watch("a", startMs);
  await passTime(delayMs);
  fault = undefined;
  expect(ended).toEqual([]);
  await passTime(delayMs);
  expect(ended).toEqual(["a"]);
});

test("a journal whose batch is not settled yet is not ended", async () => {
  isSettled = false;
  await watch("a", startMs);
  await passTime(delayMs);
  expect([ended, janitor.watched]).toEqual([[], 1]);
  isSettled = true;
  await passTime(delayMs);
  expect([ended, janitor.watched]).toEqual([["a"], 0]);
});

test("takes over the journals of earlier runs, with the time that has passed; one that it cannot read is left", async () => {
  const unreadable = { ...journal("x", 0), notes: async () => [Buffer.from("?")] };
  await janitor.start([journal("a", startMs - delayMs), unreadable, journal("b", startMs)]);
  await passTime(0);
  expect(ended).toEqual(["a"]);
  await passTime(delayMs);
  expect(ended).toEqual(["a", "b"]);
});

test("a clock that was set back does not make it wait for years", async () => {
  await watch("a", startMs + 1e12);
  await passTime(delayMs);
  expect(ended).toEqual(["a"]);
});

test("stops at once; the journals stay", async () => {
  await watch("a", startMs);
  janitor.stop();
  await passTime(delayMs);
  expect([swept, ended, clock.pending]).toEqual([[], [], 0]);
});
