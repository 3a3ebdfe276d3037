import type { ManualClock } from "@sewer/testkit";
import type { BreakerStatus } from "@sewer/retry";
import type { SimItem } from "./item.ts";
import { rule } from "./violation.ts";

interface Outcome {
  readonly atMs: number;
  readonly isFailure: boolean;
}

/** What the breaker has to do, from what it was told. */
export class BreakerModel {
  /** Changes when it opens or closes: attempts from before do not count. */
  epoch = 0;
  /** Before this no probe may begin. */
  opensMs = -Infinity;
  readonly #parallel: number;
  readonly #clock: ManualClock;
  #slots: number;
  #strikes = 0;
  #row = 0;
  #suspects = new Set<SimItem>();
  #outcomes: Outcome[] = [];

  constructor(parallel: number, clock: ManualClock) {
    this.#parallel = parallel;
    this.#slots = parallel;
    this.#clock = clock;
  }

  hasRoom(running: readonly SimItem[]): boolean {
    return this.#current(running) < this.#slots;
  }

  checkBegin(isProbe: boolean, running: readonly SimItem[], say: () => string): void {
    if (isProbe) {
      rule("one probe at a time", this.#current(running) === 0, say);
      rule("waits before a probe", this.#clock.monotonic() >= this.opensMs, say);
    } else {
      rule("slow start", this.hasRoom(running), say);
    }
  }

  succeeded(item: SimItem, after: BreakerStatus): void {
    this.#row = 0;
    this.#suspects.clear();
    this.#outcomes.push({ atMs: this.#clock.monotonic(), isFailure: false });
    rule("a success closes", after.state === "closed", () => after.state);
    if (this.#isOpen) {
      this.#isOpen = false;
      this.epoch += 1;
      this.#slots = 1;
    } else if (item.beganEpoch === this.epoch) {
      this.#slots = Math.min(this.#parallel, this.#slots * 2);
    }
    if (this.#slots === this.#parallel) this.#strikes = 0;
    rule("slow start", after.slots === this.#slots, () => `${after.slots} slots, not ${this.#slots}`);
  }

  /** @returns how often it has opened since all was well, when this failure opened it; else 0. */
  failed(item: SimItem, isAsked: boolean, before: BreakerStatus, after: BreakerStatus): number {
    const hasOpened = after.openings > before.openings;
    const say = (): string => `${before.state} to ${after.state}, row ${this.#row}, item ${item.id}`;
    if (item.beganEpoch !== this.epoch) {
      rule("failures side by side are one", !hasOpened, say);
      return 0;
    }
    if (this.#isOpen) {
      rule("a failed probe opens again", hasOpened, say);
      return this.#open();
    }
    if (item.isSuspect) {
      this.#suspects.add(item);
    } else {
      this.#row += 1;
      this.#outcomes.push({ atMs: this.#clock.monotonic(), isFailure: true });
      if (isAsked || this.#slots < this.#parallel) {
        rule("opens at once when asked, or just back", hasOpened, say);
        return this.#open();
      }
    }
    const isRow = this.#row + this.#suspects.size >= 3;
    // The share is counted by whole seconds: between the two it may go either way.
    const [isBadSurely, isBadMaybe] = [this.#isBad(29_000), this.#isBad(30_000)];
    if (isRow) rule("opens after three in a row", hasOpened, say);
    else if (isBadSurely && isBadMaybe) rule("opens at half of ten", hasOpened, say);
    else if (!isBadSurely && !isBadMaybe) rule("opens for a reason only", !hasOpened, say);
    return hasOpened ? this.#open() : 0;
  }

  #isOpen = false;

  #open(): number {
    this.#isOpen = true;
    this.epoch += 1;
    this.#row = 0;
    this.#suspects.clear();
    this.#outcomes = [];
    this.#strikes += 1;
    this.opensMs = -Infinity;
    return this.#strikes;
  }

  #isBad(windowMs: number): boolean {
    const fromMs = this.#clock.monotonic() - windowMs;
    const recent = this.#outcomes.filter(({ atMs }) => atMs > fromMs);
    return recent.length >= 10 && recent.filter(({ isFailure }) => isFailure).length * 2 >= recent.length;
  }

  #current(running: readonly SimItem[]): number {
    return running.filter(({ beganEpoch }) => beganEpoch === this.epoch).length;
  }
}
