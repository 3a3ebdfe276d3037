import type { Clock } from "@sewer/core";
import type { Entry, LaneName } from "./entry.ts";
import { Lane } from "./lane.ts";
import type { ResolvedRetryOptions } from "./options.ts";
import type { RunningSet } from "./running-set.ts";
import { TokenBucket } from "./token-bucket.ts";

/** An item that is to come last comes first when it has been due for so long. */
const alonePatienceMs = 3_600_000;

/** When the sink as a whole takes an attempt. */
export interface SinkOpening {
  /** From when on; milliseconds of the monotonic clock. */
  readonly atMs: number;
  /** The attempt finds out whether the sink is back. */
  readonly isProbe: boolean;
}

interface Candidate<Item> {
  readonly entry: Entry<Item>;
  readonly atMs: number;
}

/** Everything that waits for one sink, and whose turn is next: fresh and backlog one after the other. */
export class Lanes<Item> {
  readonly #clock: Clock;
  readonly #running: RunningSet<Item>;
  readonly #bucket: TokenBucket | undefined;
  readonly #lanes: Record<LaneName, Lane<Entry<Item>>> = {
    fresh: new Lane(),
    backlog: new Lane(),
    alone: new Lane(),
  };
  #last: LaneName = "backlog";

  constructor(retry: ResolvedRetryOptions, clock: Clock, running: RunningSet<Item>) {
    this.#clock = clock;
    this.#running = running;
    this.#bucket = retry.backlogRate === undefined ? undefined : new TokenBucket(retry.backlogRate, clock);
  }

  push(entry: Entry<Item>): void {
    this.#lanes[entry.lane].push(entry);
  }

  remove(entry: Entry<Item>): void {
    this.#lanes[entry.lane].remove(entry);
  }

  /** When something can be given out; undefined when there is nothing, or when that depends on what runs. */
  nextMs(opening: SinkOpening): number | undefined {
    const times = this.#candidates(opening).map(({ atMs }) => atMs);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Takes out the one whose turn it is now, if there is one. */
  take(opening: SinkOpening): Entry<Item> | undefined {
    const entry = this.#choose(opening);
    if (entry === undefined) return undefined;
    this.remove(entry);
    this.#last = entry.lane;
    if (entry.lane === "backlog") this.#bucket?.spend(entry.bytes);
    return entry;
  }

  #choose(opening: SinkOpening): Entry<Item> | undefined {
    const nowMs = this.#clock.monotonic();
    const ready = this.#candidates(opening).filter(({ atMs }) => atMs <= nowMs);
    const [first, second] = ready.map(({ entry }) => entry);
    if (first === undefined || second === undefined || second.lane === "alone") return first;
    if (opening.isProbe) return first.order < second.order ? first : second;
    return first.lane === this.#last ? second : first;
  }

  /** The next of each lane, those that what runs leaves room for. */
  #candidates(opening: SinkOpening): Candidate<Item>[] {
    const nowMs = this.#clock.monotonic();
    const alone = this.#lanes.alone.next(nowMs);
    const isOverdue = alone !== undefined && nowMs - alone.dueMs >= alonePatienceMs;
    const candidates: Candidate<Item>[] = [];
    const offer = (entry: Entry<Item> | undefined): void => {
      if (entry === undefined || !this.#running.hasRoomFor(entry, opening.isProbe)) return;
      const atMs = Math.max(entry.dueMs, opening.atMs, this.#rateMs(entry, opening));
      candidates.push({ entry, atMs });
    };
    if (!isOverdue) {
      offer(this.#lanes.fresh.next(nowMs));
      offer(this.#lanes.backlog.next(nowMs));
    }
    offer(alone);
    return candidates;
  }

  /** A probe is not held up by the rate: it finds out whether there is any. */
  #rateMs({ lane }: Entry<Item>, { isProbe }: SinkOpening): number {
    return lane === "backlog" && !isProbe ? (this.#bucket?.readyMs ?? -Infinity) : -Infinity;
  }
}
