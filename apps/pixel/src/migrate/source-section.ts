import { parseChain } from "./chain.ts";
import type { OriginalConfig } from "./original-config.ts";

/** The keys of `source` that come from the original's config. */
export interface SourceSection {
  readonly type: "http";
  readonly port: number;
  readonly statusPort?: number;
  readonly methods: "any";
  readonly crossdomain: true;
  readonly limits?: { readonly idleTime?: string; readonly idleTimeCrowded?: string };
}

const portDefault = 8080;
const extractorDefault = "net.pixelcop.sewer.source.http.DefaultAccessLogExtractor";

const otherSources = ["syslog", "pipe", "tcpwrite", "tgen"];

/** Keys of the pixel source that nothing corresponds to, and why they are not missed. */
const leftOut: readonly (readonly [key: string, reason: string])[] = [
  ["accept_queue", "the queue of the kernel holds 4096 connections here (net.core.somaxconn permitting)"],
  ["keepalive", "connections are kept alive as HTTP says; source.limits.idleTime ends those that idle"],
  ["low_resource_conns", "a source is crowded when 80 % of source.limits.connections are in use"],
  [
    "disable_keepalive_threshold",
    "a crowded source ends idle connections after source.limits.idleTimeCrowded",
  ],
];

/** Turns `sewer.source` and `sewer.source.pixel.*` into the keys of an HTTP source. */
export function sourceSection(original: OriginalConfig): SourceSection {
  const port = portOf(original);
  const statusPort = original.takeNumber("sewer.source.pixel.status.port");
  checkExtractor(original);
  for (const [key, reason] of leftOut) {
    const property = original.take(`sewer.source.pixel.${key}`);
    if (property !== undefined) original.note(property, `${property.key} is left out: ${reason}`);
  }
  const idleMs = original.takeNumber("sewer.source.pixel.max_idle");
  const crowdedMs = original.takeNumber("sewer.source.pixel.low_resource_max_idle");
  const limits = {
    ...(idleMs !== undefined && { idleTime: `${idleMs}ms` }),
    ...(crowdedMs !== undefined && { idleTimeCrowded: `${crowdedMs}ms` }),
  };
  return {
    type: "http",
    port,
    ...(statusPort !== undefined && { statusPort }),
    methods: "any",
    crossdomain: true,
    ...(Object.keys(limits).length > 0 && { limits }),
  };
}

function portOf(original: OriginalConfig): number {
  const property = original.take("sewer.source");
  if (property === undefined) {
    original.problem(property, "sewer.source is missing: add sewer.source=pixel(8080)");
    return portDefault;
  }
  const chain = parseChain(property.value);
  if (typeof chain === "string") {
    original.problem(property, `sewer.source: ${chain}`);
    return portDefault;
  }
  const [source, ...others] = chain;
  if (others.length > 0) {
    original.problem(property, "sewer.source: a source stands alone; what follows > belongs into sewer.sink");
  }
  const { name = "", args = [] } = source ?? {};
  if (name !== "pixel") {
    const what = otherSources.includes(name) ? `${name} has no counterpart` : `${name} is no source`;
    const advice = `events come in by HTTP only: write pixel(${portDefault}) and send them as requests`;
    original.problem(property, `sewer.source: ${what}; ${advice}`);
    return portDefault;
  }
  const [text = String(portDefault)] = args;
  if (/^[0-9]{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  original.problem(property, `sewer.source: "${text}" is no port`);
  return portDefault;
}

function checkExtractor(original: OriginalConfig): void {
  const property = original.take("sewer.source.pixel.extractor");
  if (property === undefined || property.value.trim() === extractorDefault) return;
  const message = `${property.key}: Java classes cannot be used; delete the line, then record further headers with source.headers and bodies with source.body.record`;
  original.problem(property, message);
}
