import type { Config } from "../config/config.ts";
import { createSinksOf } from "./components.ts";

/** How long one sink may take to open. */
const openWithinMs = 30_000;

/** Opens every sink of the config and closes it again. @returns one sentence for each that failed. */
export async function connectSinks(config: Config): Promise<string[]> {
  const failures: string[] = [];
  for (const flow of config.flows) {
    for (const [name, sink] of createSinksOf(flow, config.baseDir)) {
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
