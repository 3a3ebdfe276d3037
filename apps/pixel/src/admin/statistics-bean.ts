import type { RequestStatistics } from "@sewer/source-http";
import type { MBean } from "./mbeans.ts";

/**
 * Jetty 8.1's StatisticsHandler as the original exposed it. Nothing here is ever suspended, so
 * `dispatched*` is `request*` and the rest of that family is 0. Its longs are whole milliseconds.
 *
 * @param index 0 for the first flow, as Jetty numbers its handlers.
 */
export function statisticsBean(index: number, read: () => RequestStatistics): MBean {
  return {
    name: `org.eclipse.jetty.server.handler:id=${index},type=statisticshandler`,
    attributes() {
      const now = read();
      const requestTimeMax = Math.round(now.requestTimeMax);
      const requestTimeTotal = Math.round(now.requestTimeTotal);
      return {
        ...now,
        statsOnMs: Math.round(now.statsOnMs),
        requestTimeMax,
        requestTimeTotal,
        dispatched: now.requests,
        dispatchedActive: now.requestsActive,
        dispatchedActiveMax: now.requestsActiveMax,
        dispatchedTimeMax: requestTimeMax,
        dispatchedTimeTotal: requestTimeTotal,
        dispatchedTimeMean: now.requestTimeMean,
        dispatchedTimeStdDev: now.requestTimeStdDev,
        suspends: 0,
        suspendsActive: 0,
        suspendsActiveMax: 0,
        resumes: 0,
        expires: 0,
      };
    },
  };
}
