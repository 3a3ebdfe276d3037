import type { Clock, Logger, LogFields, SewerError } from "@sewer/core";

const everyMs = 60_000;
/** Codes remembered at most. They are literals in code, so more of them is no normal case. */
const codesMax = 32;

/**
 * Tells an operator of a lasting trouble without filling the log with it: each error code when it appears
 * and then once a minute, with the number of failures that were kept back.
 */
export class FailureLog {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #fields: LogFields;
  readonly #loggedMs = new Map<string, number>();
  #suppressed = 0;
  #failures = 0;
  #sinceMs = 0;
  #isTold = false;

  /** @param fields added to each line. */
  constructor(logger: Logger, clock: Clock, fields: LogFields) {
    this.#logger = logger;
    this.#clock = clock;
    this.#fields = fields;
  }

  /** A failure that will be tried again: at most one line. */
  failed(error: SewerError, fields: LogFields, message: string): void {
    const nowMs = this.#clock.monotonic();
    if (this.#failures === 0) this.#sinceMs = nowMs;
    this.#failures += 1;
    const loggedMs = this.#loggedMs.get(error.code);
    if (loggedMs !== undefined && nowMs - loggedMs < everyMs) {
      this.#suppressed += 1;
      return;
    }
    if (this.#loggedMs.size >= codesMax) this.#loggedMs.clear();
    this.#loggedMs.set(error.code, nowMs);
    const suppressed = this.#suppressed === 0 ? {} : { suppressed: this.#suppressed };
    const { code, message: reason, scope, context } = error;
    this.#logger.warn(
      { ...this.#fields, code, scope, reason, ...context, ...fields, ...suppressed },
      message,
    );
    this.#suppressed = 0;
    this.#isTold = true;
  }

  /** It works again: one line if a failure was told since the last time, none otherwise. */
  recovered(message: string): void {
    const failures = this.#failures;
    this.#failures = 0;
    if (!this.#isTold) return;
    this.#isTold = false;
    const forMs = Math.round(this.#clock.monotonic() - this.#sinceMs);
    this.#logger.info({ ...this.#fields, failures, forMs }, message);
  }
}
