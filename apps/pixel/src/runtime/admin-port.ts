import type { Clock, Logger } from "@sewer/core";
import type { HealthCheck } from "@sewer/source-http";
import { adminBeans, type JolokiaFlow } from "../admin/admin-beans.ts";
import { AdminServer } from "../admin/admin-server.ts";
import { Jolokia } from "../admin/jolokia.ts";
import { retryNow, type RetryableFlow } from "../admin/retry.ts";
import { statusJson, type StatusFlow } from "../admin/status.ts";
import type { MetricsRegistry } from "../metrics.ts";
import type { ProcessStatus } from "../processes/process-status.ts";
import { version } from "../version.ts";
import type { ConfigStatus, ReloadReport, Reloads } from "./reloader.ts";

/** One flow as the admin port sees it, whatever processes it runs in. */
export interface AdminFlow extends StatusFlow, RetryableFlow, Omit<JolokiaFlow, "flow"> {
  /** What has to be well for its events to be taken. */
  health(): readonly HealthCheck[];
}

/** What {@link createAdminPort} needs. */
export interface AdminPortOptions {
  readonly host: string;
  readonly port: number;
  /** In the order of the config. */
  readonly flows: () => readonly AdminFlow[];
  readonly metrics: MetricsRegistry;
  readonly reloads: Reloads;
  /** Brings what the flows tell up to date. @returns how the other processes stand. */
  readonly processes?: () => Promise<readonly ProcessStatus[]>;
  readonly hostname: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Makes the admin port of a server. */
export function createAdminPort(options: AdminPortOptions): AdminServer {
  const { host, port, flows, metrics, reloads, hostname, clock, logger } = options;
  const { processes = () => Promise.resolve([]) } = options;
  const beans = adminBeans(flows, { clock, hostname, version });
  const jolokia = new Jolokia({ beans, clock, version });
  const config = (): ConfigStatus => reloads.status;
  const status = { version, hostname, pid: process.pid, config, flows, processes, logger };
  const retry = async (body: string): Promise<object | undefined> => {
    const report = await retryNow(flows(), body);
    if (report !== undefined)
      logger.info({ sinks: report.sinks.map(({ sink }) => sink) }, "asked to retry now");
    return report;
  };
  const readiness = (): HealthCheck[] =>
    flows().flatMap((flow) =>
      flow.health().map((check) => ({ ...check, name: `${flow.name}/${check.name}` })),
    );
  const parts = { host, port, hostname, jolokia, metrics, logger };
  const reload = (isDry: boolean): Promise<ReloadReport> => reloads.reload(isDry);
  return new AdminServer({ ...parts, status: () => statusJson(status), readiness, retry, reload });
}
