import type { Clock, Logger } from "@sewer/core";
import type { StatusFlow } from "../admin/status.ts";
import type { Config } from "../config/config.ts";
import { GraphiteReporter } from "../graphite/graphite-reporter.ts";

/** What {@link reportToGraphite} needs. */
export interface ReportToGraphiteOptions {
  readonly hostname: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Starts to report the flows where the config says. @returns the call that ends it. */
export function reportToGraphite(
  { graphite }: Config,
  flows: () => readonly StatusFlow[],
  options: ReportToGraphiteOptions,
): () => void {
  if (graphite === false) return () => {};
  const { every: everyMs, ...where } = graphite;
  const reporter = new GraphiteReporter({
    ...where,
    ...options,
    everyMs,
    flows: () =>
      flows().map(({ name, source, flow }) => ({
        name,
        records: source.statistics.records,
        buffered: flow.status().ingest.spool?.unwritten.records ?? 0,
      })),
  });
  reporter.start();
  return () => reporter.stop();
}
