import { writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { compileJava, prepareHadoop } from "@sewer/hdfs-testbed";
import { accessLogEvent, javaSource } from "@sewer/writable";
import type { BenchmarkResult, Figure } from "../figure.ts";
import { JavaProcess } from "../java-process.ts";
import { RoleProcess } from "../role-process.ts";
import type { WritableWork } from "../roles/writable-role.ts";
import { shortEvents } from "../short-events.ts";
import { withDirectory } from "../spool-files.ts";
import { ratiosOf } from "../statistics.ts";

/** How much of it is done. */
export interface WritableOptions {
  readonly rounds: number;
  /** Records of a file. @default 300_000 */
  readonly records?: number;
  /** Rounds before the first that counts: compilers want to see the code often. @default 4 */
  readonly warmUps?: number;
}

const program = join(import.meta.dirname, "../../java/WritableBench.java");
/** What is asked of ours and of Java's, and with which compression. */
const tasks = [
  ["encode", "encode", "none"],
  ["decode", "decode", "none"],
  ["view", "decode", "none"],
  ["encode", "encode", "gzip"],
  ["decode", "decode", "gzip"],
  ["view", "decode", "gzip"],
] as const;
const msMax = 120_000;

/**
 * SequenceFiles of events from memory to memory, uncompressed and in blocks with gzip at level 1, against Hadoop's own
 * classes in a JVM that is warm. Both run on core 0, in turn. Hadoop's Text keeps bytes: so does ours in a view, while
 * decoding makes a string of each.
 */
export async function writableBenchmark(options: WritableOptions): Promise<BenchmarkResult> {
  const { rounds, records = 300_000, warmUps = 4 } = options;
  return withDirectory(async (dir) => {
    const java = await startJava(dir);
    const ours = new RoleProcess("writable-role", { core: 0 });
    try {
      const rates = new Map<string, { ours: number[]; java: number[] }>();
      for (let round = -warmUps; round < rounds; round += 1) {
        for (const [what, javaWhat, compression] of tasks) {
          const own = await ours.ask<WritableWork>(what, [compression, records]);
          const other = workOf(await java.ask(`${javaWhat} ${compression} ${records}`));
          for (const work of [own, other]) requireRecords(work, records);
          if (round < 0) continue;
          const name = `${what}, ${compression}`;
          const rate = rates.get(name) ?? { ours: [], java: [] };
          rates.set(name, rate);
          rate.ours.push(thousandsASecond(own));
          rate.java.push(thousandsASecond(other));
        }
      }
      return { name: "writable", events: rounds * records * tasks.length, figures: figuresOf(rates) };
    } finally {
      await ours.close();
      await java.close();
    }
  });
}

async function startJava(dir: string): Promise<JavaProcess> {
  const hadoop = await prepareHadoop();
  const { className } = accessLogEvent;
  const sources = [{ className, source: javaSource(accessLogEvent) }];
  const classes = await compileJava(hadoop, { programs: [program], classes: sources, folder: dir, msMax });
  const keys = join(dir, "keys");
  writeFileSync(keys, Buffer.concat(shortEvents().map((event) => withLength(accessLogEvent.encode(event)))));
  const classPath = [...hadoop.jars, classes].join(delimiter);
  return new JavaProcess({
    java: hadoop.java.java,
    arguments: ["-Xms1g", "-Xmx1g", "-Xlog:disable", "-cp", classPath, "WritableBench", keys],
    core: 0,
  });
}

function withLength(key: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(key.length);
  return Buffer.concat([length, key]);
}

function workOf(answer: string): WritableWork {
  const [ns = NaN, records = NaN, bytes = NaN] = answer.split(" ").map(Number);
  return { ns, records, bytes };
}

function requireRecords(work: WritableWork, records: number): void {
  if (work.records !== records) throw new Error(`${work.records} records of ${records} were counted`);
}

function thousandsASecond({ ns, records }: WritableWork): number {
  return (records * 1e6) / ns;
}

function figuresOf(rates: ReadonlyMap<string, { ours: number[]; java: number[] }>): Figure[] {
  return [...rates].flatMap(([name, { ours, java }]): Figure[] => [
    { name: `${name}: ours / Java`, unit: "", rounds: ratiosOf(ours, java), goal: { atLeast: 1 } },
    { name: `${name}: ours`, unit: "k/s", rounds: ours, goal: undefined },
    { name: `${name}: Java`, unit: "k/s", rounds: java, goal: undefined },
  ]);
}
