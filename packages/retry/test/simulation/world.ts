import { ManualClock } from "@sewer/testkit";
import { decodeRetryState, encodeRetryState, RetryQueue, type RetryableError } from "@sewer/retry";
import { isAlone, simItem, type SimItem } from "./item.ts";
import { Referee, type Waits } from "./referee.ts";
import type { Outage, Scenario } from "./scenario.ts";
import { rule } from "./violation.ts";

const stepsMax = 50_000;

type Verdict = "delivered" | "killed" | RetryableError;

/** Plays a scenario: arrivals, attempts and their ends, kills and restarts, one event after the other. */
export class World {
  readonly #scenario: Scenario;
  readonly #waits: Waits;
  readonly #clock = new ManualClock();
  readonly #items: readonly SimItem[];
  readonly #coming: SimItem[];
  readonly #killsMs: number[];
  #queue: RetryQueue<SimItem>;
  #referee: Referee;

  constructor(scenario: Scenario, waits: Waits) {
    this.#scenario = scenario;
    this.#waits = waits;
    this.#items = scenario.arrivals.map(simItem);
    this.#coming = this.#items.toSorted((a, b) => a.atMs - b.atMs);
    this.#killsMs = scenario.killsMs.toSorted((a, b) => a - b);
    this.#queue = this.#newQueue();
    this.#referee = this.#newReferee();
  }

  /** @throws Violation */
  run(): void {
    for (let step = 0; !this.#isDone(); step += 1) {
      rule("comes to an end", step < stepsMax, () => `${step} steps`);
      const nowMs = this.#clock.monotonic();
      this.#referee.checkDeadline(nowMs);
      while ((this.#killsMs[0] ?? Infinity) <= nowMs) {
        this.#killsMs.shift();
        this.#restart();
      }
      while ((this.#coming[0]?.atMs ?? Infinity) <= nowMs) this.#arrive(this.#coming.shift()!);
      this.#endAttempts(nowMs);
      this.#disturb();
      this.#takeAll();
      this.#clock.advance(this.#nextMs() - nowMs);
    }
  }

  #newQueue(): RetryQueue<SimItem> {
    const { retry, random } = this.#scenario;
    return new RetryQueue({ retry, clock: this.#clock, random });
  }

  #newReferee(): Referee {
    return new Referee({
      scenario: this.#scenario,
      items: this.#items,
      queue: this.#queue,
      clock: this.#clock,
      waits: this.#waits,
    });
  }

  /** What the sink refuses for ever stays for ever. */
  #isDone(): boolean {
    return this.#items.every(
      ({ where, fault }) =>
        where === "delivered" ||
        where === "quarantined" ||
        where === "withdrawn" ||
        (where !== "coming" && fault?.kind === "refused" && fault.times === Infinity),
    );
  }

  #nextMs(): number {
    let nextMs = Math.min(this.#queue.nextDueMs ?? Infinity, this.#coming[0]?.atMs ?? Infinity);
    nextMs = Math.min(nextMs, this.#killsMs[0] ?? Infinity);
    for (const { where, endsMs } of this.#items) {
      if (where === "running" && endsMs < nextMs) nextMs = endsMs;
    }
    rule("comes to an end", nextMs < Infinity || this.#isDone(), () => "nothing will ever happen again");
    return nextMs < Infinity ? Math.max(nextMs, this.#clock.monotonic()) : this.#clock.monotonic();
  }

  #arrive(item: SimItem): void {
    const { bytes, isOfThisRun: isFresh } = item;
    const state = item.saved && decodeRetryState(encodeRetryState(item.saved));
    this.#queue.add(item, { bytes, isFresh, state });
    item.where = "waiting";
    this.#referee.arrived(item);
  }

  #takeAll(): void {
    const { random, attemptMaxMs } = this.#scenario;
    for (;;) {
      const before = this.#referee.beforeTake();
      const item = this.#queue.take();
      if (item === undefined) break;
      this.#referee.checkTaken(item, before);
      const nowMs = this.#clock.monotonic();
      item.where = "running";
      item.endsMs = nowMs + Math.ceil(random.next() * attemptMaxMs);
      // Written down before, so that the next process knows; a fresh one has no need of it.
      if (!item.isOfThisRun || item.saved !== undefined) item.saved = this.#queue.stateOf(item);
    }
    this.#referee.checkAtRest();
  }

  #endAttempts(nowMs: number): void {
    const ended = this.#items.filter(({ where, endsMs }) => where === "running" && endsMs <= nowMs);
    for (const item of ended.sort((a, b) => a.endsMs - b.endsMs)) {
      const verdict = this.#verdictOn(item, nowMs);
      if (verdict === "killed") return this.#restart();
      if (verdict === "delivered") this.#deliver(item);
      else this.#fail(item, verdict);
    }
  }

  #verdictOn(item: SimItem, nowMs: number): Verdict {
    const { outages, flakiness, calmMs, random } = this.#scenario;
    const { fault } = item;
    const isSpoilt = fault !== undefined && item.spoilt < fault.times;
    if (isSpoilt && fault.kind === "kills") {
      item.spoilt += 1;
      return "killed";
    }
    const outage = outages.find(({ fromMs, untilMs }) => fromMs <= nowMs && nowMs < untilMs);
    if (outage !== undefined) return sinkError(outage);
    if (isSpoilt) {
      item.spoilt += 1;
      if (fault.kind === "refused") return sinkError();
      return { scope: "batch", retry: fault.kind === "own" ? "temporary" : "permanent" };
    }
    return nowMs < calmMs && random.next() < flakiness ? sinkError() : "delivered";
  }

  #deliver(item: SimItem): void {
    this.#queue.succeeded(item);
    item.where = "delivered";
    this.#referee.succeeded(item);
  }

  #fail(item: SimItem, error: RetryableError): void {
    const before = this.#referee.beforeReport();
    let decision = this.#queue.failed(item, error);
    this.#referee.failed(item, error, decision, before);
    if (decision.kind === "quarantine") {
      if (this.#scenario.random.next() < 0.8) {
        this.#queue.removed(item);
        item.where = "quarantined";
        return;
      }
      // It could not be moved.
      const between = this.#referee.beforeReport();
      decision = this.#queue.failed(item, sinkError());
      this.#referee.failedToMove(item, between);
    }
    item.where = "waiting";
    item.saved = this.#queue.stateOf(item);
  }

  #disturb(): void {
    const { random, jumpChance, withdrawChance, abortChance } = this.#scenario;
    if (random.next() < jumpChance) this.#clock.jumpTo(Math.floor(random.next() * 4e12));
    if (random.next() < withdrawChance) this.#withdraw();
    if (random.next() < abortChance) this.#abort();
  }

  #withdraw(): void {
    const { random } = this.#scenario;
    const item = this.#items[Math.floor(random.next() * this.#items.length)]!;
    const isWithdrawn = this.#queue.withdraw(item);
    rule("withdraws what waits", isWithdrawn === (item.where === "waiting"), () => `item ${item.id}`);
    if (isWithdrawn) item.where = "withdrawn";
  }

  #abort(): void {
    const item = this.#items.find(({ where }) => where === "running");
    if (item === undefined) return;
    this.#queue.aborted(item);
    item.where = "waiting";
    item.saved &&= this.#queue.stateOf(item);
    this.#referee.aborted(item);
  }

  /** The process is killed, and another starts, at whatever time of day. */
  #restart(): void {
    if (this.#scenario.jumpChance > 0) this.#clock.jumpTo(Math.floor(this.#scenario.random.next() * 4e12));
    this.#queue = this.#newQueue();
    this.#referee = this.#newReferee();
    for (const item of this.#items) {
      if (item.where !== "running" && item.where !== "waiting") continue;
      if (item.where === "running" && item.saved !== undefined) item.unfinished += 1;
      rule(
        "attempts that were cut short are known",
        isAlone(item) === (item.saved?.unfinished ?? 0) >= 3,
        () => JSON.stringify(item),
      );
      item.isOfThisRun = false;
      item.hasFailed = item.saved?.lastError !== undefined;
      this.#arrive(item);
    }
  }
}

function sinkError(outage?: Outage): RetryableError {
  const context = outage?.retryAfterMs === undefined ? {} : { retryAfterMs: outage.retryAfterMs };
  return { scope: "sink", retry: "temporary", context };
}
