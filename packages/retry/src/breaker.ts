import type { Clock, Random } from "@sewer/core";
import { backoffDelayMs, type Backoff } from "./backoff.ts";
import { OutcomeWindow } from "./outcome-window.ts";

/** Failures in a row that open the breaker. */
const rowMax = 3;
/** The share of the last 30 s that opens it, and of how many attempts at least. */
const failureShare = 0.5;
const outcomesMin = 10;
/**
 * - `closed`: attempts run side by side; after an outage one at first, then two, four and so on.
 * - `open`: none begins before a time.
 * - `half-open`: that time has come, or one attempt, the probe, is under way.
 */
export type BreakerState = "closed" | "open" | "half-open";

/** What {@link Breaker} is made of. */
export interface BreakerOptions {
  /** Attempts side by side when all is well. */
  readonly parallel: number;
  /** Waits between probes. */
  readonly backoff: Backoff;
  readonly clock: Clock;
  readonly random: Random;
}

/** One attempt, from {@link Breaker.begin} to the report of what came of it. */
export interface Permit {
  /** It is the one attempt that finds out whether the sink works again. */
  readonly isProbe: boolean;
  readonly generation: number;
}

/** A failure of the sink, or of nobody that is known. */
export interface SinkFailure {
  /**
   * The batch, when it failed before and others succeeded since then: the fault may well be its own, so it
   * counts once in a row, however often it fails.
   */
  readonly suspect?: unknown;
  /** The sink's own word for how long it wants to be left alone. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * Knows how one sink as a whole is doing (docs/specs/retry.md). Opens at a run of failures; then one attempt
 * at a time finds out whether the sink is back, after waits that grow; a success lets a few through, then more.
 */
export class Breaker {
  /** Times that it opened, counting each failed probe. */
  openings = 0;
  /** Probes that were begun. */
  probes = 0;
  readonly #options: BreakerOptions;
  readonly #window: OutcomeWindow;
  readonly #suspects = new Set<unknown>();
  #row = 0;
  #slots: number;
  #isOpen = false;
  #opensMs = 0;
  /** Attempts of this generation that run. */
  #active = 0;
  /** Openings since all was well: what the waits grow with. */
  #strikes = 0;
  /** Changes when it opens and when it closes: what began before says nothing of what is now. */
  #generation = 0;

  constructor(options: BreakerOptions) {
    this.#options = options;
    this.#slots = options.parallel;
    this.#window = new OutcomeWindow(options.clock);
  }

  get state(): BreakerState {
    if (!this.#isOpen) return "closed";
    const isDue = this.#opensMs <= this.#options.clock.monotonic();
    return isDue ? "half-open" : "open";
  }

  /** True from a failure of the sink to its next success. */
  get isFailing(): boolean {
    return this.#isOpen || this.#row > 0;
  }

  /** How many attempts may run side by side as it stands; those of before it opened or closed do not count. */
  get slots(): number {
    return this.#isOpen ? 1 : this.#slots;
  }

  /** From when on an attempt may begin, on the monotonic clock; undefined while all slots are taken. */
  get opensMs(): number | undefined {
    if (this.#active >= this.slots) return undefined;
    return this.#isOpen ? this.#opensMs : -Infinity;
  }

  /** An attempt begins; {@link opensMs} has come. */
  begin(): Permit {
    this.#active += 1;
    if (this.#isOpen) this.probes += 1;
    return { isProbe: this.#isOpen, generation: this.#generation };
  }

  /** The wait of an open breaker is over. @returns false when it was not open, or no wait was left. */
  endWait(): boolean {
    if (this.state !== "open") return false;
    this.#opensMs = this.#options.clock.monotonic();
    return true;
  }

  /** It succeeded. That is good news whenever it began. */
  succeeded(permit: Permit): void {
    this.released(permit);
    this.#row = 0;
    this.#suspects.clear();
    this.#window.succeeded();
    if (this.#isOpen) {
      this.#isOpen = false;
      this.#nextGeneration();
      this.#slots = 1;
    } else if (this.#isCurrent(permit)) {
      this.#slots = Math.min(this.#slots * 2, this.#options.parallel);
    }
    if (this.#slots === this.#options.parallel) this.#strikes = 0;
  }

  /** It failed, and not by a fault of the batch. */
  failed(permit: Permit, { suspect, retryAfterMs }: SinkFailure): void {
    // Attempts that ran side by side fail together: that is one piece of news, not four.
    if (!this.#isCurrent(permit)) return;
    this.released(permit);
    if (this.#isOpen) return this.#open(retryAfterMs);
    if (suspect !== undefined) {
      this.#suspects.add(suspect);
    } else {
      this.#row += 1;
      this.#window.failed();
      // The sink asked for it, or it has just come back and is gone again.
      if (retryAfterMs !== undefined || this.#slots < this.#options.parallel) return this.#open(retryAfterMs);
    }
    const isRow = this.#row + this.#suspects.size >= rowMax;
    if (isRow || this.#window.isBad(failureShare, outcomesMin)) this.#open(retryAfterMs);
  }

  /** It ended and says nothing of the sink: the fault was the batch's own, or it was given up. */
  released(permit: Permit): void {
    if (this.#isCurrent(permit)) this.#active -= 1;
  }

  #open(retryAfterMs = 0): void {
    const { backoff, clock, random } = this.#options;
    this.openings += 1;
    this.#strikes += 1;
    this.#isOpen = true;
    this.#nextGeneration();
    this.#row = 0;
    this.#suspects.clear();
    this.#window.clear();
    // On top of what the sink asked for, or all its clients would come back at the same moment.
    this.#opensMs = clock.monotonic() + retryAfterMs + backoffDelayMs(backoff, this.#strikes, random);
  }

  #isCurrent({ generation }: Permit): boolean {
    return generation === this.#generation;
  }

  #nextGeneration(): void {
    this.#generation += 1;
    this.#active = 0;
  }
}
