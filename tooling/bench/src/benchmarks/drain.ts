import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Hdfs } from "@sewer/hdfs-testbed";
import type { BenchmarkResult, Figure } from "../figure.ts";
import { targetIn, withHdfs, type HdfsTarget } from "../hdfs-target.ts";
import { RoleProcess } from "../role-process.ts";
import { withDirectory } from "../spool-files.ts";
import { columns, orderOfRound, ratiosOf } from "../statistics.ts";

const fsShell = "org.apache.hadoop.fs.FsShell";
const bytesPerMiB = 1024 ** 2;
const ways = ["drain", "put", "put-start"] as const;
type Way = (typeof ways)[number];

/** What one round of one way took. */
interface Drained {
  readonly ms: number;
  /** CPU in microseconds; of the drain only. */
  readonly main?: number;
  readonly process?: number;
}

/** A backlog: batches of one size. */
interface Backlog {
  readonly batches: number;
  readonly recordsPerBatch: number;
}

/** How much of it is done. */
export interface DrainOptions {
  readonly rounds: number;
  /** @default 4 batches of 70000: 270 MB */
  readonly backlog?: Backlog;
}

/** How much of it is done. */
export interface SmallBatchesOptions {
  readonly rounds: number;
  /** Batches of 10 records each. @default 1000 */
  readonly batches?: number;
}

/** A backlog into HDFS, against Hadoop's own `-put` of the same files: as they are by default, and uncompressed. */
export async function drainBenchmark({
  rounds,
  backlog = { batches: 4, recordsPerBatch: 70_000 },
}: DrainOptions): Promise<BenchmarkResult> {
  return withHdfs(async (hdfs) => {
    const figures: Figure[] = [];
    for (const compression of ["block", "none"] as const) {
      const target = targetIn(hdfs, `/drain-${compression}`, compression);
      const { rows, mebibytes } = await compare(hdfs, { target, rounds, backlog, ways: [...ways] });
      figures.push(...drainFigures(compression === "block" ? "gzip" : "uncompressed", rows, mebibytes));
    }
    return { name: "drain", events: 2 * rounds * backlog.batches * backlog.recordsPerBatch, figures };
  });
}

/** Many small batches into HDFS, against Hadoop's own `-put` of the same files. */
export async function smallBatchesBenchmark({
  rounds,
  batches = 1000,
}: SmallBatchesOptions): Promise<BenchmarkResult> {
  return withHdfs(async (hdfs) => {
    const backlog = { batches, recordsPerBatch: 10 };
    const target = targetIn(hdfs, "/small");
    const { rows } = await compare(hdfs, { target, rounds, backlog, ways: ["drain", "put"] });
    const perSecond = (way: "drain" | "put"): number[] => rows.map((row) => (batches * 1000) / row[way].ms);
    const [drained, uploaded] = [perSecond("drain"), perSecond("put")];
    const rate = { unit: "batches/s", goal: undefined } as const;
    return {
      name: "small",
      events: rounds * batches * backlog.recordsPerBatch,
      figures: [
        {
          name: "drain / -put, batches a second",
          rounds: ratiosOf(drained, uploaded),
          unit: "",
          goal: undefined,
        },
        { name: "drain", rounds: drained, ...rate },
        { name: "-put of the files", rounds: uploaded, ...rate },
        {
          name: "drain, CPU of the process, a batch",
          rounds: rows.map((row) => (row.drain.process ?? 0) / batches),
          unit: "µs",
          goal: undefined,
        },
      ],
    };
  });
}

interface Comparison<Compared extends Way> {
  readonly target: HdfsTarget;
  readonly rounds: number;
  readonly backlog: Backlog;
  readonly ways: readonly Compared[];
}

/** Interleaved rounds of the drain and of both kinds of `-put`, the files being those of the drain. */
async function compare<Compared extends Way>(
  hdfs: Hdfs,
  { target, rounds, backlog, ways: compared }: Comparison<Compared>,
): Promise<{ rows: Record<Compared, Drained>[]; mebibytes: number }> {
  return withDirectory(async (dir) => {
    // Everything may use every core here, the drain as well as the tool.
    const role = new RoleProcess("drain-role", { arguments: [dir, JSON.stringify(target)] });
    try {
      await role.ask("prepare", backlog);
      await role.ask<Drained>("drain", backlog);
      const files = join(mkdtempSync(join(dir, "files-")), "files");
      await hdfs.fs("-get", target.directory, files);
      const names = readdirSync(files).filter((name) => name.endsWith(".seq"));
      if (names.length !== backlog.batches) throw new Error(`${names.length} files of ${backlog.batches}`);
      const bytes = names.reduce((sum, name) => sum + statSync(join(files, name)).size, 0);
      const rows: Record<Compared, Drained>[] = [];
      for (let round = 0; round <= rounds; round++) {
        const row = {} as Record<Compared, Drained>;
        for (const way of orderOfRound(compared, round)) {
          await hdfs.fs("-rm", "-r", "-f", "-skipTrash", target.directory);
          if (way === "drain") await role.ask("prepare", backlog);
          row[way] =
            way === "drain"
              ? await role.ask("drain", backlog)
              : await put(hdfs, way, files, target.directory);
        }
        rows.push(row);
      }
      rmSync(files, { recursive: true });
      return { rows: rows.slice(1), mebibytes: bytes / bytesPerMiB };
    } finally {
      await role.close();
    }
  });
}

/** In the JVM that is there already, or in one of its own. */
async function put(hdfs: Hdfs, way: "put" | "put-start", from: string, to: string): Promise<Drained> {
  const startMs = performance.now();
  if (way === "put") await hdfs.fs("-put", from, to);
  else await hdfs.exec(fsShell, ["-put", from, to], { msMax: 300_000 });
  return { ms: performance.now() - startMs };
}

function drainFigures(kind: string, rows: readonly Record<Way, Drained>[], mebibytes: number): Figure[] {
  const ms = columns(rows.map((row) => msOf(row)));
  const speed = (times: readonly number[]): number[] => times.map((time) => (mebibytes * 1000) / time);
  const cpu = (of: (drained: Drained) => number): number[] =>
    rows.map((row) => of(row.drain) / 1000 / mebibytes);
  const goal = { unit: "", goal: { atLeast: 0.9 } } as const;
  const rate = { unit: "MiB/s", goal: undefined } as const;
  const cost = { unit: "ms/MiB", goal: undefined } as const;
  return [
    {
      name: `${kind}, drain / -put with its JVM's start`,
      rounds: ratiosOf(ms["put-start"], ms.drain),
      ...goal,
    },
    { name: `${kind}, drain / -put without`, rounds: ratiosOf(ms.put, ms.drain), ...goal },
    { name: `${kind}, drain`, rounds: speed(ms.drain), ...rate },
    { name: `${kind}, -put with its JVM's start`, rounds: speed(ms["put-start"]), ...rate },
    { name: `${kind}, -put without`, rounds: speed(ms.put), ...rate },
    { name: `${kind}, drain, CPU of the main thread`, rounds: cpu(({ main = 0 }) => main), ...cost },
    { name: `${kind}, drain, CPU of the process`, rounds: cpu(({ process: all = 0 }) => all), ...cost },
  ];
}

function msOf(row: Record<Way, Drained>): Record<Way, number> {
  return { drain: row.drain.ms, put: row.put.ms, "put-start": row["put-start"].ms };
}
