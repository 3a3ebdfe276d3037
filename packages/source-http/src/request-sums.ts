import { Moments, standardDeviationOf, type MomentSums } from "./moments.ts";

/**
 * What Jetty's StatisticsHandler shows of the pixel port, since the start or the last reset, in the
 * attributes of Jetty 8.1. Times are milliseconds, fractions included.
 */
export interface RequestStatistics {
  /** Since when these numbers count. */
  readonly statsOnMs: number;
  /** All requests, those not yet answered included. */
  readonly requests: number;
  readonly requestsActive: number;
  readonly requestsActiveMax: number;
  readonly requestTimeMax: number;
  readonly requestTimeTotal: number;
  readonly requestTimeMean: number;
  readonly requestTimeStdDev: number;
  readonly responses1xx: number;
  readonly responses2xx: number;
  readonly responses3xx: number;
  readonly responses4xx: number;
  readonly responses5xx: number;
  /** Bytes of answer bodies: no answer of this source has one. */
  readonly responsesBytesTotal: number;
}

/** What {@link RequestStatistics} are computed from: plain data, which those of several processes can be added up in. */
export interface RequestSums {
  readonly statsOnMs: number;
  readonly requests: number;
  readonly requestsActive: number;
  readonly requestsActiveMax: number;
  /** Milliseconds from the arrival of a request to the write of its answer. */
  readonly times: MomentSums;
  /** Answers by hundred of their status; the first is 0. */
  readonly responses: readonly number[];
}

/**
 * Adds up the sums of several sources: counts are added, maxima and `statsOnMs` are the largest, mean and
 * deviation come out as if one source had served all requests.
 */
export function mergeRequestSums(all: readonly RequestSums[]): RequestSums {
  const times = new Moments();
  const responses = [0, 0, 0, 0, 0, 0];
  for (const one of all) {
    times.merge(one.times);
    for (const [index, count] of one.responses.entries()) responses[index]! += count;
  }
  return {
    statsOnMs: Math.max(0, ...all.map(({ statsOnMs }) => statsOnMs)),
    requests: all.reduce((sum, { requests }) => sum + requests, 0),
    requestsActive: all.reduce((sum, { requestsActive }) => sum + requestsActive, 0),
    requestsActiveMax: Math.max(0, ...all.map(({ requestsActiveMax }) => requestsActiveMax)),
    times: times.sums,
    responses,
  };
}

/** The numbers of the StatisticsHandler bean. */
export function requestStatistics(sums: RequestSums): RequestStatistics {
  const { statsOnMs, requests, requestsActive, requestsActiveMax, times, responses } = sums;
  return {
    statsOnMs,
    requests,
    requestsActive,
    requestsActiveMax,
    requestTimeMax: times.max,
    requestTimeTotal: times.total,
    requestTimeMean: times.mean,
    requestTimeStdDev: standardDeviationOf(times),
    responses1xx: responses[1]!,
    responses2xx: responses[2]!,
    responses3xx: responses[3]!,
    responses4xx: responses[4]!,
    responses5xx: responses[5]!,
    responsesBytesTotal: 0,
  };
}
