import { readWithHadoop, startHdfs, type Hdfs } from "@sewer/hdfs-testbed";
import { seededRandom } from "@sewer/testkit";
import { accessLogEvent, javaSource } from "@sewer/writable";
import { eventKey, type ExpectedEvent } from "../e2e/events.ts";
import type { ClusterKind, Fault } from "./fault.ts";
import { runTrial, type TrialResult } from "./run-trial.ts";
import type { EventCounts } from "./verdict.ts";

/** Result of a fault whose events were counted, too. */
export interface CountedResult extends TrialResult, Pick<EventCounts, "lost" | "duplicates" | "found"> {}

/** One HDFS, and the trials on it: one directory, one server, one spool for each fault. */
export class Matrix {
  readonly hdfs: Hdfs;
  readonly results: TrialResult[] = [];
  readonly #seed: number;
  #trials = 0;

  private constructor(hdfs: Hdfs, seed: number) {
    this.hdfs = hdfs;
    this.#seed = seed;
  }

  /** Starts the cluster. */
  static async start(cluster: ClusterKind, seed: number): Promise<Matrix> {
    const hdfs = await startHdfs({
      dataNodes: 2,
      replication: 1,
      highAvailability: cluster === "pair",
    });
    return new Matrix(hdfs, seed);
  }

  /** Runs a fault. Those that touch requests only may run side by side. */
  async run(fault: Fault): Promise<TrialResult> {
    const number = this.#trials++;
    const random = seededRandom(this.#seed + number);
    const result = await runTrial({ fault, hdfs: this.hdfs, number, random });
    this.results.push(result);
    return result;
  }

  /** Has Hadoop's own reader read all files of all trials, and counts the events of each. */
  async count(): Promise<CountedResult[]> {
    const delivered = new Map<string, number>();
    const records = await readWithHadoop({
      hdfs: this.hdfs,
      files: this.results.flatMap(({ files }) => files),
      keySources: [{ className: accessLogEvent.className, source: javaSource(accessLogEvent) }],
      msMax: 600_000,
    });
    for (const { key } of records) {
      const event = eventKey(key as unknown as ExpectedEvent);
      delivered.set(event, (delivered.get(event) ?? 0) + 1);
    }
    const counted = this.results.map((result) => {
      const { broken, ...counts } = result.count(delivered);
      return { ...result, ...counts, broken: [...result.broken, ...broken] };
    });
    const known = counted.reduce((sum, { found }) => sum + found, 0);
    if (known !== delivered.size) throw new Error(`${delivered.size - known} events in HDFS were never sent`);
    return counted;
  }

  /** Ends the cluster. */
  close(): Promise<void> {
    return this.hdfs.close();
  }
}
