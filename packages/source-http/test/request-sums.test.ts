import { expect, it } from "vitest";
import { HttpStatistics } from "../src/http-statistics.ts";
import { mergeRequestSums, requestStatistics } from "../src/request-sums.ts";

/** A source that was asked `times.length` things, and answers `open` more later. */
function sourceOf(nowMs: number, times: readonly number[], open: number): HttpStatistics {
  const statistics = new HttpStatistics(nowMs);
  for (const tookMs of times) {
    statistics.began();
    statistics.answered(204, 1, tookMs);
  }
  for (let index = 0; index < open; index++) statistics.began();
  return statistics;
}

it("several sources show as one: sums, the largest of maxima, the deviation of all times", () => {
  const a = sourceOf(0, [1, 1, 1, 1, 1, 1], 3);
  const b = sourceOf(50, [8, 10], 1);
  b.began();
  b.answered(400, 1, 6);
  const merged = requestStatistics(mergeRequestSums([a.sums(100), b.sums(100)]));
  const times = [1, 1, 1, 1, 1, 1, 8, 10, 6];
  const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length;
  const variance = times.reduce((sum, ms) => sum + (ms - mean) ** 2, 0) / times.length;
  expect(merged).toEqual({
    statsOnMs: 100,
    requests: 13,
    requestsActive: 4,
    requestsActiveMax: 3,
    requestTimeMax: 10,
    requestTimeTotal: 30,
    requestTimeMean: expect.closeTo(mean, 9) as number,
    requestTimeStdDev: expect.closeTo(Math.sqrt(variance), 9) as number,
    responses1xx: 0,
    responses2xx: 8,
    responses3xx: 0,
    responses4xx: 1,
    responses5xx: 0,
    responsesBytesTotal: 0,
  });
});

it("one source merges into itself, and none into nothing", () => {
  const sums = sourceOf(0, [2, 4], 1).sums(10);
  expect(mergeRequestSums([sums])).toEqual(sums);
  expect(requestStatistics(mergeRequestSums([]))).toMatchObject({ requests: 0, requestTimeStdDev: 0 });
});
