import type { RequestStatistics } from "@sewer/source-http";
import type { MBean } from "./mbeans.ts";

/** A bean over the requests of one flow's pixel port. */
export interface StatisticsBeanOptions {
  /** 0 for the first flow, as Jetty numbers its handlers. */
  readonly index: number;
  /** What was counted since the start or the last {@link reset}. */
  readonly read: () => RequestStatistics;
  /** Counts from 0 again. */
  readonly reset: () => void | Promise<void>;
}

const javaTypes: Readonly<Record<string, string>> = Object.fromEntries([
  ...["requests", "requestsActive", "requestsActiveMax"].map((name) => [name, "int"]),
  ...["dispatched", "dispatchedActive", "dispatchedActiveMax"].map((name) => [name, "int"]),
  ...["suspends", "suspendsActive", "suspendsActiveMax", "resumes", "expires"].map((name) => [name, "int"]),
  ...[1, 2, 3, 4, 5].map((hundred) => [`responses${hundred}xx`, "int"]),
  ...["requestTimeMean", "requestTimeStdDev"].map((name) => [name, "double"]),
  ...["dispatchedTimeMean", "dispatchedTimeStdDev"].map((name) => [name, "double"]),
]) as Record<string, string>;

/**
 * Jetty 8.1's StatisticsHandler as the original exposed it. Nothing here is ever suspended, so
 * `dispatched*` is `request*` and the rest of that family is 0. Its longs are whole milliseconds.
 */
export function statisticsBean({ index, read, reset }: StatisticsBeanOptions): MBean {
  return {
    name: `org.eclipse.jetty.server.handler:id=${index},type=statisticshandler`,
    className: "org.eclipse.jetty.server.handler.StatisticsHandler",
    description: "Requests of the pixel port",
    types: javaTypes,
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
    operations: {
      statsReset: {
        description: "Counts from 0 again; /metrics goes on",
        parameters: [],
        returns: "void",
        async run() {
          await reset();
          return null;
        },
      },
    },
  };
}
