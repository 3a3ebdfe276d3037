import { LatencyHistogram } from "./latency-histogram.ts";
import { Moments } from "./moments.ts";
import { refusalReasons, type RefusalReason } from "./refusals.ts";
import { requestStatistics, type RequestStatistics, type RequestSums } from "./request-sums.ts";

/**
 * The plain counters of one source. They only grow ({@link connections} and {@link requestsActive} follow the
 * state); {@link reset} moves a baseline and touches none of them. Read only, from outside.
 */
export class HttpStatistics {
  /** Requests of the pixel port: every one that is or will be answered. */
  requests = 0;
  /** Requests whose answer is not yet written. */
  requestsActive = 0;
  /** Records given to the channel. */
  records = 0;
  /** Connections open now. */
  connections = 0;
  connectionsOpened = 0;
  /** Connections closed at once because `limits.connections` were open, or `connectionsPerAddress` of its address. */
  connectionsRefused = 0;
  /** Connections that ended in a reset or a broken pipe. */
  connectionErrors = 0;
  /** Connections that the client ended inside a head. */
  headsAborted = 0;
  /** Connections that the client ended inside a body. */
  bodiesAborted = 0;
  /** Bytes of request bodies, without framing. */
  bodyBytes = 0;
  /** Interim answers `100 Continue`. */
  continues = 0;
  /** Connections closed because they were idle. */
  connectionsIdled = 0;
  /** Connections closed because the client did not read its answers. */
  writesStalled = 0;
  /** Failures of accept(2), such as no free file descriptor. */
  acceptErrors = 0;
  /** Bytes that connections hold now: heads and bodies that are not whole, input that waits for room. */
  bufferedBytes = 0;
  /** Time from the arrival of a request to the write of its answer. */
  readonly latency = new LatencyHistogram();
  /** Refused requests by reason. */
  readonly refused: Record<RefusalReason, number>;
  /** Requests answered 204. */
  served = 0;
  /** Answers by status, but 204: a field is faster to count than an entry. */
  readonly #otherAnswers = new Map<number, number>();

  #requestTimes = new Moments();
  #requestsActiveMax = 0;
  #resetMs: number;
  #requestsAtReset = 0;
  #classesAtReset = [0, 0, 0, 0, 0, 0];

  /** @param nowMs monotonic milliseconds. */
  constructor(nowMs: number) {
    this.#resetMs = nowMs;
    this.refused = Object.fromEntries(refusalReasons.map((reason) => [reason, 0])) as typeof this.refused;
  }

  /** A request has come. */
  began(): void {
    this.requests += 1;
    this.requestsActive += 1;
    if (this.requestsActive > this.#requestsActiveMax) this.#requestsActiveMax = this.requestsActive;
  }

  /** `count` requests are answered with `status`, `tookMs` milliseconds after they had come. */
  answered(status: number, count: number, tookMs: number): void {
    this.requestsActive -= count;
    if (status === 204) this.served += count;
    else this.#otherAnswers.set(status, (this.#otherAnswers.get(status) ?? 0) + count);
    this.#requestTimes.add(count, tookMs);
    this.latency.add(count, tookMs);
  }

  /** `count` requests will never be answered: their connection is gone. */
  dropped(count: number): void {
    this.requestsActive -= count;
  }

  /** Answers by status. */
  get answers(): ReadonlyMap<number, number> {
    return new Map([[204, this.served], ...this.#otherAnswers]);
  }

  /** The numbers of the StatisticsHandler bean. @param nowMs monotonic milliseconds. */
  sinceReset(nowMs: number): RequestStatistics {
    return requestStatistics(this.sums(nowMs));
  }

  /** What {@link sinceReset} is computed from. @param nowMs monotonic milliseconds. */
  sums(nowMs: number): RequestSums {
    return {
      statsOnMs: nowMs - this.#resetMs,
      requests: this.requests - this.#requestsAtReset,
      requestsActive: this.requestsActive,
      requestsActiveMax: this.#requestsActiveMax,
      times: this.#requestTimes.sums,
      responses: this.#classes().map((count, index) => count - this.#classesAtReset[index]!),
    };
  }

  /** The bean's statsReset: {@link sinceReset} begins anew, the counters go on. */
  reset(nowMs: number): void {
    this.#resetMs = nowMs;
    this.#requestsAtReset = this.requests;
    this.#classesAtReset = this.#classes();
    this.#requestsActiveMax = this.requestsActive;
    this.#requestTimes = new Moments();
  }

  /** Answers by hundred of their status. */
  #classes(): number[] {
    const classes = [0, this.continues, 0, 0, 0, 0];
    for (const [status, count] of this.answers) classes[Math.trunc(status / 100)]! += count;
    return classes;
  }
}
