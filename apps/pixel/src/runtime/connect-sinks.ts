import { hostname } from "node:os";
import { noMetrics, silentLogger, systemClock, systemRandom } from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";
import type { Config } from "../config/config.ts";
import { createSinks } from "./components.ts";

/** How long one sink may take to open. */
const openWithinMs = 30_000;

/** Opens every sink of the config and closes it again. @returns one sentence for each that failed. */
export async function connectSinks(config: Config): Promise<string[]> {
  const failures: string[] = [];
  const surroundings = { clock: systemClock, random: systemRandom, fs: nodeFileSystem, logger: silentLogger };
  for (const flow of config.flows) {
    const place = { flow: flow.name, hostname: hostname(), baseDir: config.baseDir, metrics: noMetrics };
    for (const [name, sink] of createSinks(flow.sinks, { ...place, ...surroundings })) {
      const signal = AbortSignal.timeout(openWithinMs);
      try {
        try {
          await sink.open(signal);
        } finally {
          await sink.close(signal);
        }
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        failures.push(`flows.${flow.name}: sink ${name} cannot be opened: ${reason}`);
      }
    }
  }
  return failures;
}
