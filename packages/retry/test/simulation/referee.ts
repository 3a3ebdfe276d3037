import type { ManualClock } from "@sewer/testkit";
import type { BreakerStatus, RetryableError, RetryDecision, RetryQueue } from "@sewer/retry";
import { BreakerModel } from "./breaker-model.ts";
import { isAlone, isFresh, isUnhurt, type SimItem } from "./item.ts";
import type { Jitter } from "./jitter.ts";
import type { Scenario } from "./scenario.ts";
import { rule } from "./violation.ts";

/** Waits of all scenarios together. */
export interface Waits {
  readonly own: Jitter;
  readonly probe: Jitter;
}

/** What a {@link Referee} looks at. */
export interface Game {
  readonly scenario: Scenario;
  readonly items: readonly SimItem[];
  readonly queue: RetryQueue<SimItem>;
  readonly clock: ManualClock;
  readonly waits: Waits;
}

/** An item was given out. */
interface Taking {
  readonly item: SimItem;
  readonly lane: LaneName;
  /** Beside it. */
  readonly running: readonly SimItem[];
  readonly waiting: readonly SimItem[];
  readonly isProbe: boolean;
  readonly say: () => string;
}

type LaneName = "fresh" | "backlog" | "alone";

const hourMs = 3_600_000;
// What a time that went through a division may be off by.
const slackMs = 1e-3;

/** Knows the rules of docs/specs/retry.md and nothing of how the queue keeps them. One for each process. */
export class Referee {
  readonly #scenario: Scenario;
  readonly #items: readonly SimItem[];
  readonly #queue: RetryQueue<SimItem>;
  readonly #clock: ManualClock;
  readonly #waits: Waits;
  readonly #model: BreakerModel;
  readonly #deadlineMs: number;
  readonly #startMs: number;
  #order = 0;
  #successes = 0;
  #spentBytes = 0;
  #lastLane: LaneName | undefined;

  constructor({ scenario, items, queue, clock, waits }: Game) {
    this.#scenario = scenario;
    this.#items = items;
    this.#queue = queue;
    this.#clock = clock;
    this.#waits = waits;
    this.#model = new BreakerModel(scenario.retry.parallel, clock);
    this.#startMs = clock.monotonic();
    this.#deadlineMs = deadlineOf(scenario);
  }

  checkDeadline(nowMs: number): void {
    rule("converges", nowMs <= this.#deadlineMs, () => {
      const left = this.#items.filter(({ where }) => where === "waiting" || where === "running");
      return `at ${nowMs}, past ${this.#deadlineMs}, not settled: ${left.map(({ id }) => id).join(" ")}`;
    });
  }

  arrived(item: SimItem): void {
    this.#order += 1;
    item.order = this.#order;
    item.dueMs = this.#clock.monotonic();
    item.notBeforeMs = -Infinity;
    item.successesSeen = undefined;
    item.isSuspect = false;
  }

  beforeTake(): BreakerStatus {
    return this.#queue.breaker;
  }

  checkTaken(item: SimItem, before: BreakerStatus): void {
    const nowMs = this.#clock.monotonic();
    const running = this.#running();
    const waiting = this.#waiting().filter((other) => other !== item);
    const isProbe = before.state !== "closed";
    const lane = laneOf(item);
    const say = (): string => `item ${item.id} (${lane}) at ${nowMs}, ${running.length} running`;

    rule("gives what waits", item.where === "waiting", say);
    rule("obeys the wait", nowMs >= item.notBeforeMs - slackMs, say);
    rule("at most `parallel`", running.length < this.#scenario.retry.parallel, say);
    this.#model.checkBegin(isProbe, running, say);
    const taking = { item, lane, running, waiting, isProbe, say };
    this.#checkRoom(taking);
    this.#checkRate(taking);
    if (lane === "alone") this.#checkAlone(taking);
    else this.#checkOrder(taking);
    if (!isProbe) this.#checkTurn(taking);
    this.#lastLane = lane;
    item.beganAsProbe = isProbe;
    item.beganEpoch = this.#model.epoch;
  }

  /** After the queue has given all it wants to give. */
  checkAtRest(): void {
    const nowMs = this.#clock.monotonic();
    const { nextDueMs, waiting, running } = this.#queue;
    const active = this.#running();
    const left = this.#waiting();
    const held = active.length + left.length;
    rule(
      "holds nothing but what is in it",
      waiting + running === held,
      () => `${waiting} + ${running}, ${held}`,
    );
    rule(
      "tells when it gives",
      nextDueMs === undefined || nextDueMs > nowMs,
      () => `${nextDueMs} at ${nowMs}`,
    );
    rule("tells when it gives", nextDueMs !== undefined || running > 0 || waiting === 0, () => "never");
    const { parallel, backlogRate } = this.#scenario.retry;
    const isOverdue = left.some((item) => isAlone(item) && nowMs - item.dueMs >= hourMs);
    const isFull = active.length >= parallel || active.some(isAlone) || !this.#model.hasRoom(active);
    if (isFull || isOverdue || this.#queue.breaker.state !== "closed") return;
    const fresh = left.find(isFresh);
    const isStarved = fresh !== undefined && !active.some(isFresh);
    rule("a fresh one does not wait for the backlog", !isStarved, () => `item ${fresh?.id} at ${nowMs}`);
    const old = left.find((item) => isUnhurt(item) && !isFresh(item));
    const isLeft = old !== undefined && backlogRate === undefined && active.every(isFresh);
    rule("the backlog does not wait for the fresh", !isLeft, () => `item ${old?.id} at ${nowMs}`);
  }

  succeeded(item: SimItem): void {
    this.#successes += 1;
    this.#model.succeeded(item, this.#queue.breaker);
  }

  beforeReport(): BreakerStatus {
    return this.#queue.breaker;
  }

  failed(item: SimItem, error: RetryableError, decision: RetryDecision, before: BreakerStatus): void {
    if (error.scope === "batch") this.#ownFailed(item, error, decision, before);
    else this.#sinkFailed(item, error, decision, before);
    item.hasFailed = true;
    item.dueMs = this.#clock.monotonic();
  }

  failedToMove(item: SimItem, before: BreakerStatus): void {
    this.#noteSuspicion(item);
    rule(
      "the disk is not the sink",
      this.#queue.breaker.openings === before.openings,
      () => `item ${item.id}`,
    );
    item.notBeforeMs = -Infinity;
  }

  aborted(item: SimItem): void {
    item.dueMs = this.#clock.monotonic();
  }

  #ownFailed(item: SimItem, error: RetryableError, decision: RetryDecision, before: BreakerStatus): void {
    const { base, cap, maxAttempts } = this.#scenario.retry;
    item.ownFailures += 1;
    const failuresMax = isAlone(item) ? Math.min(3, maxAttempts) : maxAttempts;
    const isEnough = error.retry === "permanent" || item.ownFailures >= failuresMax;
    rule("quarantine after enough failures of its own", (decision.kind === "quarantine") === isEnough, () =>
      JSON.stringify([item.id, item.ownFailures, decision]),
    );
    const { openings, state } = this.#queue.breaker;
    rule("a batch's own failure does not open", openings === before.openings, () => `item ${item.id}`);
    if (decision.kind === "quarantine" || state !== "closed") return;
    this.#waits.own.add(decision.delayMs, Math.min(cap, base * 2 ** (item.ownFailures - 1)));
    item.notBeforeMs = this.#clock.monotonic() + decision.delayMs;
  }

  #sinkFailed(item: SimItem, error: RetryableError, decision: RetryDecision, before: BreakerStatus): void {
    rule("a sink's failure never quarantines", decision.kind === "retry", () => `item ${item.id}`);
    if (decision.kind !== "retry") return;
    this.#noteSuspicion(item);
    const retryAfterMs = (error.context?.["retryAfterMs"] as number | undefined) ?? 0;
    const after = this.#queue.breaker;
    const strikes = this.#model.failed(item, retryAfterMs > 0, before, after);
    // Behind every other that waits now.
    if (item.beganAsProbe || item.isSuspect) item.order = this.#order += 1;
    item.notBeforeMs = -Infinity;
    const nowMs = this.#clock.monotonic();
    if (after.state === "closed") {
      rule(
        "a wait for the sink",
        decision.delayMs <= Math.max(60_000, retryAfterMs),
        () => `${decision.delayMs}`,
      );
      item.notBeforeMs = nowMs + Math.max(decision.delayMs, retryAfterMs);
    }
    if (strikes === 0 || item.isSuspect) return;
    this.#waits.probe.add(decision.delayMs - retryAfterMs, Math.min(60_000, 1000 * 2 ** (strikes - 1)));
    this.#model.opensMs = nowMs + decision.delayMs;
  }

  #noteSuspicion(item: SimItem): void {
    if (item.successesSeen !== undefined && this.#successes > item.successesSeen) item.isSuspect = true;
    item.successesSeen = this.#successes;
  }

  #checkRoom({ item, lane, running, isProbe, say }: Taking): void {
    const { parallel, parallelBytes } = this.#scenario.retry;
    const ofLane = running.filter((other) => laneOf(other) === lane);
    const bytes = running.reduce((sum, other) => sum + other.bytes, item.bytes);
    rule("bytes under way are bounded", ofLane.length === 0 || bytes <= parallelBytes, say);
    rule("nothing beside one that is alone", !running.some(isAlone), say);
    if (lane !== "backlog" || isProbe) return;
    rule("one slot is kept for fresh ones", ofLane.length < Math.max(1, parallel - 1), say);
  }

  #checkRate({ item, lane, isProbe, say }: Taking): void {
    const { backlogRate } = this.#scenario.retry;
    if (backlogRate === undefined || lane !== "backlog") return;
    const passedMs = this.#clock.monotonic() - this.#startMs;
    const allowed = (backlogRate * (passedMs + 1000 + slackMs)) / 1000;
    rule("the backlog keeps its rate", isProbe || this.#spentBytes <= allowed, say);
    this.#spentBytes += item.bytes;
  }

  #checkAlone({ item, running, waiting, say }: Taking): void {
    rule("nothing beside one that is alone", running.length === 0, say);
    const isLong = this.#clock.monotonic() - item.dueMs >= hourMs;
    const { backlogRate } = this.#scenario.retry;
    const others = waiting.filter(
      (other) => isFresh(other) || (isUnhurt(other) && backlogRate === undefined),
    );
    rule("one that is alone comes last", isLong || others.length === 0, say);
  }

  #checkOrder({ item, lane, waiting, running, isProbe, say }: Taking): void {
    const rivals = waiting.filter((other) => {
      const isSameLane = laneOf(other) === lane;
      return isUnhurt(other) && (isSameLane || (isProbe && running.length === 0));
    });
    rule(
      "the oldest first",
      rivals.every((other) => item.order < other.order),
      say,
    );
  }

  #checkTurn({ lane, waiting, running, say }: Taking): void {
    if (lane !== this.#lastLane || lane === "alone") return;
    const { parallel, parallelBytes, backlogRate } = this.#scenario.retry;
    const rivals = waiting.filter((other) => isUnhurt(other) && laneOf(other) !== lane);
    const ofLane = running.filter((other) => laneOf(other) !== lane);
    const bytes = running.reduce(
      (sum, other) => sum + other.bytes,
      Math.max(0, ...rivals.map((one) => one.bytes)),
    );
    const hasRoom = ofLane.length === 0 || bytes <= parallelBytes;
    const backlogIsFull = lane === "fresh" && ofLane.length >= Math.max(1, parallel - 1);
    const isHeld =
      lane === "fresh" && (backlogRate !== undefined || waiting.some((other) => !isUnhurt(other)));
    rule("fresh and backlog in turn", rivals.length === 0 || !hasRoom || backlogIsFull || isHeld, say);
  }

  #running(): SimItem[] {
    return this.#items.filter(({ where }) => where === "running");
  }

  #waiting(): SimItem[] {
    return this.#items.filter(({ where }) => where === "waiting");
  }
}

function laneOf(item: SimItem): LaneName {
  if (isAlone(item)) return "alone";
  return isFresh(item) ? "fresh" : "backlog";
}

/** When everything must be settled that can be: each wait that may still be due at its longest, and the work. */
function deadlineOf({ retry, arrivals, outages, killsMs, calmMs, attemptMaxMs }: Scenario): number {
  const refused = arrivals.filter(({ fault }) => fault?.kind === "refused").length;
  const kills = arrivals.reduce(
    (sum, { fault }) => sum + (fault?.kind === "kills" ? fault.times : 0),
    killsMs.length,
  );
  const attempts = 10 + retry.maxAttempts;
  const probesMs = (refused + 2) * 9 * 60_000 + Math.max(0, ...outages.map((one) => one.retryAfterMs ?? 0));
  const ownMs = attempts * retry.cap + 9 * 60_000;
  const workMs = arrivals.length * attempts * attemptMaxMs;
  const bytes = arrivals.reduce((sum, arrival) => sum + arrival.bytes, 0);
  const rateMs = retry.backlogRate === undefined ? 0 : (attempts * bytes * 1000) / retry.backlogRate;
  const aloneMs = kills >= 3 ? (attempts + kills) * hourMs : 0;
  return calmMs + probesMs + ownMs + workMs + rateMs + aloneMs;
}
