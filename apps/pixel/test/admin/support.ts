import { silentLogger } from "@sewer/core";
import type { Flow } from "@sewer/flow";
import { ManualClock } from "@sewer/testkit";
import { AdminServer } from "../../src/admin/admin-server.ts";
import { Jolokia } from "../../src/admin/jolokia.ts";
import { MBeanRegistry } from "../../src/admin/mbeans.ts";
import { retryNow } from "../../src/admin/retry.ts";
import { platformBeans } from "../../src/admin/platform-beans.ts";
import { statisticsBean } from "../../src/admin/statistics-bean.ts";
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

/** A Jolokia that knows fixed numbers; its clock stands at the time of the recorded answers. */
export function testJolokia(): Jolokia {
  const clock = new ManualClock(1_795_474_030_500);
  const beans = new MBeanRegistry([statisticsBean(0, () => statistics), ...platformBeans(clock, "host")]);
  return new Jolokia({ beans, clock, version: "1.2.3" });
}

/** An open admin port. */
export async function openAdmin(
  options: { host?: string; port?: number; metrics?: MetricsRegistry; flow?: Pick<Flow, "retryNow"> } = {},
): Promise<{ server: AdminServer; url: string; port: number }> {
  const { host = "127.0.0.1", port = 0, metrics = new MetricsRegistry(), flow } = options;
  const parts = { port, hostname: "box.example.com", jolokia: testJolokia(), logger: silentLogger };
  const retry = (body: string): object | undefined => retryNow(flow === undefined ? [] : [flow], body);
  const server = new AdminServer({
    ...parts,
    host,
    metrics,
    status: async () => '{"v":1,"flows":[]}',
    retry,
  });
  const url = await server.open();
  return { server, url, port: Number(new URL(url).port) };
}
