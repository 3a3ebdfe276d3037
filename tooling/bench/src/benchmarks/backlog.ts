import { get } from "node:http";
import { join } from "node:path";
import { makeBacklog } from "../backlog.ts";
import type { BenchmarkResult } from "../figure.ts";
import { RoleProcess } from "../role-process.ts";
import { withDirectory } from "../spool-files.ts";
import { ratiosOf } from "../statistics.ts";

/** How much of it is done. */
export interface BacklogOptions {
  readonly rounds: number;
  /** Batches that wait for a sink that is away. @default 100000 */
  readonly batches?: number;
}

interface Start {
  readonly first204Ms: number;
  readonly rss: number;
  readonly peak: number;
  readonly batches: number;
}

/** A start with a backlog against a start without: memory, the first 204, calls of the file system before it. */
export async function backlogBenchmark({
  rounds,
  batches = 100_000,
}: BacklogOptions): Promise<BenchmarkResult> {
  return withDirectory(async (dir) => {
    const full = join(dir, "full");
    const empty = join(dir, "empty");
    await makeBacklog(full, batches);
    const withBacklog: Start[] = [];
    const without: Start[] = [];
    for (let round = 0; round <= rounds; round++) {
      const found = await start(full);
      const nothing = await start(empty);
      if (found.batches < batches) throw new Error(`${found.batches} batches of ${batches} were found`);
      if (round === 0) continue;
      withBacklog.push(found);
      without.push(nothing);
    }
    const calls = await callsOf(full);
    const callsEmpty = await callsOf(empty);
    const rss = withBacklog.map((one) => one.rss);
    const ratios = ratiosOf(
      rss,
      without.map((one) => one.rss),
    );
    const peaks = ratiosOf(
      withBacklog.map((one) => one.peak),
      without.map((one) => one.peak),
    );
    const call = { unit: "calls", goal: undefined } as const;
    const first = (starts: readonly Start[]): number[] => starts.map((one) => one.first204Ms);
    return {
      name: "backlog",
      events: batches * rounds,
      figures: [
        { name: "RSS / RSS without a backlog", rounds: ratios, unit: "", goal: { atMost: 1.3 } },
        { name: "peak RSS / peak without", rounds: peaks, unit: "", goal: undefined },
        { name: "RSS", rounds: rss, unit: "MB", goal: undefined },
        { name: "first 204 after the start", rounds: first(withBacklog), unit: "ms", goal: { atMost: 2000 } },
        { name: "the same without a backlog", rounds: first(without), unit: "ms", goal: undefined },
        { name: "file operations until it listens", rounds: [calls.all], ...call },
        { name: "of those, not about the backlog", rounds: [calls.own], ...call },
        { name: "without a backlog, the same", rounds: [callsEmpty.own], ...call },
      ],
    };
  });
}

async function start(dir: string): Promise<Start> {
  const startMs = performance.now();
  const role = new RoleProcess("flow-role", { arguments: [dir] });
  try {
    const status = await statusOf(await role.ask<string>("url"));
    if (status !== 204) throw new Error(`the first answer is ${status}`);
    const first204Ms = performance.now() - startMs;
    return { first204Ms, ...(await role.ask<Omit<Start, "first204Ms">>("memory")) };
  } finally {
    await role.close();
  }
}

async function callsOf(dir: string): Promise<{ all: number; own: number }> {
  const role = new RoleProcess("flow-role", { arguments: [dir, "counted"] });
  try {
    return await role.ask("calls");
  } finally {
    await role.close();
  }
}

function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = get(new URL("/pixel.gif", url), { agent: false }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode));
    });
    request.on("error", reject);
  });
}
