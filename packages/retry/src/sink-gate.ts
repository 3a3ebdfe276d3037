import type { Clock, Random } from "@sewer/core";
import { backoffDelayMs, type Backoff } from "./backoff.ts";

/** What {@link SinkGate} is made of. */
export interface SinkGateOptions {
  readonly backoff: Backoff;
  readonly clock: Clock;
  readonly random: Random;
}

/** A failed attempt, as far as it says something about the sink. */
export interface SinkFailure {
  /** {@link SinkGate.generation} when the attempt began. */
  readonly generation: number;
  /** The batch failed before while others succeeded: the fault may well be its own. */
  readonly isSuspect: boolean;
}

/** Suspect failures in a row, with no success between them, that are taken for a fault of the sink after all. */
const suspectFailuresMax = 3;

/**
 * The one place that knows how the sink as a whole is doing. The first failure of the sink shuts the gate
 * for a jittered wait; from then on attempts go through one at a time, and each that fails makes the
 * wait longer; the first success opens it wide.
 */
export class SinkGate {
  readonly #options: SinkGateOptions;
  #failures = 0;
  #streak = 0;
  #generation = 0;
  #opensMs = 0;

  constructor(options: SinkGateOptions) {
    this.#options = options;
  }

  /** True from a failure of the sink to the next success. */
  get isFailing(): boolean {
    return this.#failures > 0;
  }

  /** Failures in a row that counted. */
  get failures(): number {
    return this.#failures;
  }

  /** When the next attempt may begin, on the monotonic clock. */
  get opensMs(): number {
    return this.#opensMs;
  }

  /** Changes whenever the state of the sink does. */
  get generation(): number {
    return this.#generation;
  }

  /** An attempt failed by the sink's fault, or by nobody's that is known. */
  failed(failure: SinkFailure): void {
    this.#streak += 1;
    if (!this.isFailing && failure.isSuspect && this.#streak < suspectFailuresMax) return;
    // Deliveries that ran side by side fail together: that is one piece of news, not four.
    if (this.isFailing && failure.generation !== this.#generation) return;
    const { backoff, clock, random } = this.#options;
    this.#failures += 1;
    this.#generation += 1;
    this.#opensMs = clock.monotonic() + backoffDelayMs(backoff, this.#failures, random);
  }

  /** An attempt succeeded. @returns true when that ends a time of failures. */
  succeeded(): boolean {
    const wasFailing = this.isFailing;
    this.#streak = 0;
    if (!wasFailing) return false;
    this.#failures = 0;
    this.#generation += 1;
    this.#opensMs = 0;
    return true;
  }
}
