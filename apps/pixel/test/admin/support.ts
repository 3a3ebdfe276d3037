import { silentLogger } from "@sewer/core";
import type { FlowStatus } from "@sewer/flow";
import type { HealthCheck } from "@sewer/source-http";
import { ManualClock } from "@sewer/testkit";
import { adminBeans } from "../../src/admin/admin-beans.ts";
import { AdminServer } from "../../src/admin/admin-server.ts";
import { Jolokia } from "../../src/admin/jolokia.ts";
import { retryNow, type RetryableFlow } from "../../src/admin/retry.ts";
import { MetricsRegistry } from "../../src/metrics.ts";

/** Name of the bean that the original's watchers read. */
export const statisticsName = "org.eclipse.jetty.server.handler:id=0,type=statisticshandler";

const statistics = {
  statsOnMs: 182_821.4,
  requests: 70,
  requestsActive: 1,
  requestsActiveMax: 3,
  requestTimeMax: 20.4,
  requestTimeTotal: 62.2,
  requestTimeMean: 0.8857142857142857,
  requestTimeStdDev: 2.4135186893347473,
  responses1xx: 0,
  responses2xx: 68,
  responses3xx: 2,
  responses4xx: 0,
  responses5xx: 0,
  responsesBytesTotal: 0,
};

/** How the one flow stands. */
export const flowStatus: FlowStatus = {
  name: "pixel",
  state: "flowing",
  ingest: {
    state: "flowing",
    incarnation: "01KA5Z0000000000000000ABCD",
    spool: undefined,
    failure: undefined,
  },
  delivery: {
    state: "flowing",
    sinks: [
      {
        name: "main",
        isOpen: true,
        isFailing: true,
        breaker: "open",
        waiting: 3,
        retrying: 2,
        running: 1,
        delivered: 40,
        deliveredRecords: 118_200,
        quarantined: 0,
        lastFailure: { code: "SEWER_X", message: "no", batchId: undefined, atMs: 5 },
        nextAttemptMs: undefined,
      },
    ],
    unconfigured: [],
    spool: undefined,
  },
};

/** A Jolokia that knows fixed numbers, 0 requests after a reset; its clock stands at the time of the recorded answers. */
export function testJolokia(clock = new ManualClock(1_795_474_030_500)): Jolokia {
  let requests = statistics.requests;
  const flow = {
    name: "pixel",
    flow: { status: () => flowStatus },
    requestStatistics: () => ({ ...statistics, requests }),
    resetStatistics: () => {
      requests = 0;
    },
  };
  const beans = adminBeans(() => [flow], { clock, hostname: "host", version: "1.2.3" });
  return new Jolokia({ beans, clock, version: "1.2.3" });
}

/** What a test may set of an admin port. */
export interface OpenAdminOptions {
  readonly host?: string;
  readonly port?: number;
  readonly metrics?: MetricsRegistry;
  readonly flow?: RetryableFlow;
  readonly checks?: readonly HealthCheck[];
  readonly stop?: () => void;
}

/** An open admin port. */
export async function openAdmin(
  options: OpenAdminOptions = {},
): Promise<{ server: AdminServer; url: string; port: number }> {
  const { host = "127.0.0.1", port = 0, metrics = new MetricsRegistry(), flow, checks = [] } = options;
  const server = new AdminServer({
    host,
    port,
    hostname: "box.example.com",
    jolokia: testJolokia(),
    logger: silentLogger,
    metrics,
    status: async () => '{"v":1,"flows":[]}',
    readiness: () => checks,
    retry: (body) => retryNow(flow === undefined ? [] : [flow], body),
    reload: async (isDry) => {
      const outcome = isDry ? "unchanged" : "taken";
      return { v: 1, outcome, generation: 2, changes: [], problems: [] };
    },
    ...(options.stop !== undefined && { stop: options.stop }),
  });
  const url = await server.open();
  return { server, url, port: Number(new URL(url).port) };
}
