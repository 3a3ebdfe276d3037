import type { Logger } from "@sewer/core";
import type { HttpStatistics } from "./http-statistics.ts";

/** The least time between two lines. */
const everyMs = 60_000;

/**
 * Tells the operator of refused requests in one line a minute at most, and none when there were none: whoever
 * sends bad requests must not be able to fill a log. Nothing of a request is in it, only reasons and counts.
 */
export class RefusalSummary {
  readonly #statistics: HttpStatistics;
  readonly #logger: Logger;
  #told: HttpStatistics["refused"];
  #connectionsTold = 0;
  #sinceMs: number;

  constructor(statistics: HttpStatistics, logger: Logger, nowMs: number) {
    this.#statistics = statistics;
    this.#logger = logger;
    this.#told = { ...statistics.refused };
    this.#sinceMs = nowMs;
  }

  /** Writes the line when it is due. @param nowMs monotonic milliseconds. */
  tick(nowMs: number): void {
    if (nowMs - this.#sinceMs >= everyMs) this.tell(nowMs);
  }

  /** Writes the line now, if there is something to tell. */
  tell(nowMs: number): void {
    const seconds = Math.round((nowMs - this.#sinceMs) / 1000);
    this.#sinceMs = nowMs;
    const { refused, connectionsRefused } = this.#statistics;
    const reasons = Object.entries(refused)
      .map(([reason, count]) => [reason, count - this.#told[reason as keyof typeof refused]] as const)
      .filter(([, count]) => count > 0);
    const connections = connectionsRefused - this.#connectionsTold;
    this.#told = { ...refused };
    this.#connectionsTold = connectionsRefused;
    if (reasons.length === 0 && connections === 0) return;
    const requests = reasons.reduce((sum, [, count]) => sum + count, 0);
    this.#logger.warn(
      { seconds, requests, reasons: Object.fromEntries(reasons), connections },
      "requests or connections were refused",
    );
  }
}
