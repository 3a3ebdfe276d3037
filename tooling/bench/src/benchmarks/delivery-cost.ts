import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { BenchmarkResult } from "../figure.ts";
import { pinHdfs, targetIn, withHdfs } from "../hdfs-target.ts";
import { findNginx, Nginx } from "../nginx.ts";
import { RoleProcess } from "../role-process.ts";
import { withDirectory } from "../spool-files.ts";
import { columns, orderOfRound, ratiosOf } from "../statistics.ts";

/** Long enough that a round becomes one file or two. */
const rollEveryMs = 5000;
const connections = 100;

/** How much of it is done. */
export interface DeliveryCostOptions {
  readonly rounds: number;
  /** Requests to each server in each round, at least. @default 70000 */
  readonly requests?: number;
}

/** One server under load: what it spent until everything was where it belongs. */
interface Contender {
  /** Sends so many requests and waits for that. @returns microseconds of CPU a request. */
  measure(requests: number): Promise<Record<string, number>>;
  close(): Promise<void>;
}

/** CPU of an event from HTTP into HDFS, against a request to nginx with a buffered access log. */
export async function deliveryCostBenchmark({
  rounds,
  requests = 70_000,
}: DeliveryCostOptions): Promise<BenchmarkResult> {
  return withDirectory((dir) =>
    withHdfs(async (hdfs) => {
      pinHdfs(hdfs, 1);
      const load = new RoleProcess("load-role", { core: 1 });
      const run = (port: number, count: number): Promise<number> =>
        load.ask("run", { port, connections, depth: 1, requests: count, isVaried: true });
      const contenders = new Map<string, Contender>();
      try {
        const target = JSON.stringify(targetIn(hdfs, "/cost"));
        contenders.set("sewer", new Sewer(join(dir, "spool"), target, run));
        const program = findNginx();
        if (program === undefined) {
          process.stderr.write("cost: NOT COMPARED, nginx is missing: apt-get install nginx-light\n");
        } else contenders.set("nginx", await NginxContender.start(program, join(dir, "nginx"), run));
        const rows: Record<string, number>[] = [];
        for (let round = 0; round <= rounds; round++) {
          const row: Record<string, number> = {};
          for (const name of orderOfRound([...contenders.keys()], round)) {
            Object.assign(row, await contenders.get(name)!.measure(requests));
          }
          rows.push(row);
        }
        return resultOf(rows.slice(1), requests);
      } finally {
        await Promise.all([load, ...contenders.values()].map((one) => one.close()));
      }
    }),
  );
}

type Run = (port: number, requests: number) => Promise<number>;

class Sewer implements Contender {
  readonly #role: RoleProcess;
  readonly #run: Run;

  constructor(dir: string, target: string, run: Run) {
    this.#role = new RoleProcess("delivery-role", { core: 0, arguments: [dir, String(rollEveryMs), target] });
    this.#run = run;
  }

  async measure(requests: number): Promise<Record<string, number>> {
    const role = this.#role;
    const port = Number(new URL(await role.ask<string>("url")).port);
    const before = await role.ask<Usage>("usage");
    const sent = await this.#run(port, requests);
    const taken = await role.ask<Usage>("usage");
    await role.ask("settle");
    const after = await role.ask<Usage>("usage");
    const records = after.records - before.records;
    if (records !== sent) throw new Error(`${records} records of ${sent} requests`);
    return {
      sewer: (after.process - before.process) / sent,
      main: (after.main - before.main) / sent,
      later: (after.process - taken.process) / sent,
    };
  }

  close(): Promise<void> {
    return this.#role.close();
  }
}

interface Usage {
  readonly main: number;
  readonly process: number;
  readonly records: number;
}

class NginxContender implements Contender {
  readonly #nginx: Nginx;
  readonly #run: Run;

  private constructor(nginx: Nginx, run: Run) {
    this.#nginx = nginx;
    this.#run = run;
  }

  static async start(program: string, dir: string, run: Run): Promise<NginxContender> {
    mkdirSync(dir);
    return new NginxContender(await Nginx.start(program, dir, 0), run);
  }

  async measure(requests: number): Promise<Record<string, number>> {
    const before = this.#nginx.cpu;
    const sent = await this.#run(this.#nginx.port, requests);
    await this.#nginx.settle(sent);
    return { nginx: (this.#nginx.cpu - before) / sent };
  }

  close(): Promise<void> {
    return this.#nginx.close();
  }
}

function resultOf(rows: readonly Record<string, number>[], requests: number): BenchmarkResult {
  const { sewer = [], nginx, main = [], later = [] } = columns(rows);
  const each = { unit: "µs", goal: undefined } as const;
  const compared = [
    { name: "HTTP into HDFS / nginx with log, CPU", unit: "", goal: { atMost: 1.5 } } as const,
    { name: "nginx, a request", ...each },
  ];
  return {
    name: "cost",
    events: rows.length * Math.ceil(requests / connections) * connections,
    figures: [
      ...(nginx === undefined
        ? []
        : [
            { ...compared[0]!, rounds: ratiosOf(sewer, nginx) },
            { ...compared[1]!, rounds: nginx },
          ]),
      { name: "an event from HTTP into HDFS", rounds: sewer, ...each },
      { name: "of that, the main thread", rounds: main, ...each },
      { name: "of that, after the last answer", rounds: later, ...each },
    ],
  };
}
