import { execFileSync } from "node:child_process";
import { noMetrics, silentLogger, systemClock, systemRandom, type ComponentContext } from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";
import { hdfsAvailability, startHdfs, type Hdfs } from "@sewer/hdfs-testbed";
import { hdfsSinkOptions, type HdfsSinkOptions, type ResolvedHdfsSinkOptions } from "@sewer/sink-hdfs";
import { canPin } from "./machine.ts";
import { names } from "./spool-files.ts";

/** Where a role delivers to, as it is told on its command line. */
export interface HdfsTarget {
  readonly namenode: string;
  readonly user: string;
  /** Directory on HDFS for the files. */
  readonly directory: string;
  readonly compression: "block" | "none";
}

/** A real HDFS with one DataNode, which ends afterwards. @throws Error where there is no Java. */
export async function withHdfs<Result>(work: (hdfs: Hdfs) => Promise<Result>): Promise<Result> {
  const availability = hdfsAvailability();
  if (!availability.available) throw new Error(`this needs a real HDFS: ${availability.reason}`);
  await using hdfs = await startHdfs({ dataNodes: 1 });
  return await work(hdfs);
}

/** Binds every JVM of the bed to the core of the load, away from what is measured. */
export function pinHdfs(hdfs: Hdfs, core: number): void {
  if (!canPin()) return;
  for (const { pid } of hdfs.roles) {
    if (pid !== undefined) execFileSync("taskset", ["-a", "-p", "-c", String(core), String(pid)]);
  }
}

/** The target in a directory of that HDFS. */
export function targetIn(
  hdfs: Hdfs,
  directory: string,
  compression: HdfsTarget["compression"] = "block",
): HdfsTarget {
  return { namenode: hdfs.namenodeUrl, user: hdfs.user, directory, compression };
}

/** A sink's options for a target: defaults but for the replicas, of which one DataNode has one. */
export function sinkOptionsOf({
  namenode,
  user,
  directory,
  compression,
}: HdfsTarget): ResolvedHdfsSinkOptions {
  const options: HdfsSinkOptions = {
    type: "hdfs",
    namenodes: [namenode],
    user,
    path: `${directory}/data-%{batch}`,
    replication: 1,
    format: { compression },
  };
  return hdfsSinkOptions.parse(options);
}

/** What components are made with here. */
export const surroundings: Pick<ComponentContext, "clock" | "random" | "fs" | "logger" | "metrics"> = {
  clock: systemClock,
  random: systemRandom,
  fs: nodeFileSystem,
  logger: silentLogger,
  metrics: noMetrics,
};

/** The rest of what a component is told. */
export function contextOf(name: string, baseDir: string): ComponentContext {
  return { flow: names.flow, name, hostname: "localhost", baseDir, ...surroundings };
}
