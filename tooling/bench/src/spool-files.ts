import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeSegmentMeta, noMetrics, silentLogger, systemClock, systemRandom } from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";
import type { SpoolWriterOptions } from "@sewer/spool";

/** Runs `work` on a temporary directory that goes afterwards. */
export async function withDirectory<Result>(work: (dir: string) => Promise<Result>): Promise<Result> {
  const dir = await mkdtemp(join(tmpdir(), "sewer-bench-"));
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** The name of the flow and of its sink in every spool here. */
export const names = { flow: "bench", sink: "main" } as const;

/** What a segment's meta holds: as large as that of a flow with one sink. */
export function metaOf({ batchId, createdMs }: { batchId: string; createdMs: number }): Buffer {
  const { flow, sink } = names;
  const fields = [{ name: "bytes", type: "BytesWritable", nullable: false }];
  const sinks = { [sink]: { path: `/bench/${batchId}` } };
  return encodeSegmentMeta({
    v: 1,
    flow,
    schema: { name: flow, fields },
    host: "localhost",
    createdMs,
    sinks,
  });
}

/** A writer as a flow with default options has it, with room enough. */
export function writerOptions(dir: string, durability: SpoolWriterOptions["durability"]): SpoolWriterOptions {
  return {
    dir,
    meta: metaOf,
    durability,
    fsyncIntervalMs: 1000,
    rollEveryMs: 3_600_000,
    rollBytes: 512 * 1024 ** 2,
    rollAlign: false,
    maxBytes: 50 * 1024 ** 3,
    minFreeBytes: 0,
    onFull: "refuse",
    fs: nodeFileSystem,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    metrics: noMetrics,
  };
}

/** Sealed segments below a directory, and their size. */
export async function sealedBelow(dir: string): Promise<{ paths: string[]; bytes: number }> {
  const entries = await readdir(dir, { recursive: true });
  const paths = entries.filter((name) => name.endsWith(".seal")).map((name) => join(dir, name));
  let bytes = 0;
  for (const path of paths) bytes += (await stat(path)).size;
  return { paths, bytes };
}
