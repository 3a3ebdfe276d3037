import { join } from "node:path";
import type { BenchmarkResult } from "../figure.ts";
import { pinHdfs, targetIn, withHdfs } from "../hdfs-target.ts";
import { RoleProcess } from "../role-process.ts";
import { withDirectory } from "../spool-files.ts";
import { columns, ratiosOf } from "../statistics.ts";

/** A file a second, so that there is always something to deliver. */
const rollEveryMs = 1000;
const connections = 100;

/** How much of it is done. */
export interface OutageOptions {
  readonly rounds: number;
  /** Requests a second. @default 2000 */
  readonly rate?: number;
  /** Of load, with HDFS up and with HDFS down, in each round. @default 10 */
  readonly seconds?: number;
}

interface Latencies {
  readonly requests: number;
  readonly p50: number;
  readonly p99: number;
}

/** Latency of answers to a steady load while HDFS is away, against the same while it is there. */
export async function outageBenchmark({
  rounds,
  rate = 2000,
  seconds = 10,
}: OutageOptions): Promise<BenchmarkResult> {
  return withDirectory((dir) =>
    withHdfs(async (hdfs) => {
      const target = JSON.stringify(targetIn(hdfs, "/outage"));
      const server = new RoleProcess("delivery-role", {
        core: 0,
        arguments: [join(dir, "spool"), String(rollEveryMs), target],
      });
      const load = new RoleProcess("steady-load-role", { core: 1 });
      try {
        const port = Number(new URL(await server.ask<string>("url")).port);
        const measure = (): Promise<Latencies> => load.ask("run", { port, connections, rate, seconds });
        const rows: Record<"up50" | "up99" | "down50" | "down99" | "back99", number>[] = [];
        for (let round = 0; round <= rounds; round++) {
          pinHdfs(hdfs, 1);
          const up = await measure();
          await hdfs.nameNode.kill();
          const down = await measure();
          const left = await server.ask<number>("backlog");
          if (left < down.requests) throw new Error(`only ${left} events wait after an outage`);
          await hdfs.nameNode.start();
          // What has piled up is delivered meanwhile.
          const back = await measure();
          await server.ask("settle");
          rows.push({ up50: up.p50, up99: up.p99, down50: down.p50, down99: down.p99, back99: back.p99 });
        }
        const { up50, up99, down50, down99, back99 } = columns(rows.slice(1));
        const time = { unit: "ms", goal: undefined } as const;
        return {
          name: "outage",
          events: 3 * rounds * Math.round(rate * seconds),
          figures: [
            { name: "p99 down / up", rounds: ratiosOf(down99, up99), unit: "", goal: { atMost: 1.2 } },
            {
              name: "p99 while the backlog goes / up",
              rounds: ratiosOf(back99, up99),
              unit: "",
              goal: undefined,
            },
            { name: "p99, up", rounds: up99, ...time },
            { name: "p99, down", rounds: down99, ...time },
            { name: "p50, up", rounds: up50, ...time },
            { name: "p50, down", rounds: down50, ...time },
          ],
        };
      } finally {
        await Promise.all([server.close(), load.close()]);
      }
    }),
  );
}
