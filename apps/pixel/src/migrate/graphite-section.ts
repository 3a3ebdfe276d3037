import type { OriginalConfig } from "./original-config.ts";

/** The part of a config that says where numbers are reported to. */
export interface GraphiteSection {
  readonly host: string;
  readonly port: number;
  readonly prefix: string;
}

/** Reads the original's keys; without a host it reported nothing. */
export function graphiteSection(original: OriginalConfig): GraphiteSection | undefined {
  const host = original.take("sewer.metrics.graphite.host")?.value.trim() ?? "";
  const port = original.takeNumber("sewer.metrics.graphite.port") ?? 2003;
  const prefix = original.take("sewer.metrics.graphite.prefix")?.value.trim() ?? "";
  return host === "" ? undefined : { host, port, prefix };
}
