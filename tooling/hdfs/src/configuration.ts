import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BedPorts } from "./bed-ports.ts";

/** Hadoop's properties by name. */
export type Properties = Readonly<Record<string, string>>;

/** Where a NameNode or the JournalNode listens on 127.0.0.1. */
export interface WebAndRpcPorts {
  readonly rpc: number;
  readonly http: number;
}

/** Where a DataNode listens on 127.0.0.1. */
export interface DataNodePorts {
  readonly data: number;
  readonly ipc: number;
  readonly http: number;
}

/** What all roles and clients of one bed share. */
export function sharedProperties(options: {
  readonly ports: Pick<BedPorts, "nameNodes" | "journalNode">;
  readonly folder: string;
  readonly user: string;
  readonly replication: number;
  readonly locateFollowingBlockDelayMs: number | null;
  readonly properties: Properties;
}): Properties {
  const { ports, locateFollowingBlockDelayMs } = options;
  return {
    ...addresses(ports),
    "hadoop.tmp.dir": join(options.folder, "tmp"),
    // Groups of users who exist in the bed only: no look-up by a shell at each first call.
    "hadoop.user.group.static.mapping.overrides": `${options.user}=${options.user};dr.who=`,
    "dfs.replication": String(options.replication),
    "dfs.blocksize": "1048576",
    "dfs.heartbeat.interval": "1",
    "dfs.client.block.write.replace-datanode-on-failure.policy": "NEVER",
    // How long a writer waits before it asks again whether its last block is complete; Hadoop's own is 400.
    ...(locateFollowingBlockDelayMs !== null && {
      "dfs.client.block.write.locateFollowingBlock.initial.delay.ms": String(locateFollowingBlockDelayMs),
    }),
    ...options.properties,
  };
}

/** What a NameNode has besides; `index` counts the NameNodes from 0. */
export function nameNodeProperties(index: number, nameFolder: string): Properties {
  return {
    "dfs.namenode.name.dir": nameFolder,
    // Without nameservices nobody asks for it.
    "dfs.ha.namenode.id": nameNodeId(index),
    "dfs.namenode.datanode.registration.ip-hostname-check": "false",
    "dfs.namenode.fs-limits.min-block-size": "1024",
    "dfs.namenode.safemode.extension": "0",
    "dfs.namenode.safemode.min.datanodes": "1",
    // With heartbeats of 1 s a dead DataNode counts as dead after 12 s: 2 rechecks and 10 heartbeats.
    "dfs.namenode.heartbeat.recheck-interval": "1000",
    "dfs.namenode.lease-hard-limit-sec": "60",
    "dfs.namenode.resource.du.reserved": "1048576",
    // Not forced to the disk: a killed process loses nothing by it, only a machine that loses its power would.
    "dfs.namenode.edits.noeditlogchannelflush": "true",
  };
}

/** What the JournalNode has besides. */
export function journalNodeProperties({ rpc, http }: WebAndRpcPorts, editsFolder: string): Properties {
  return {
    "dfs.journalnode.edits.dir": editsFolder,
    "dfs.journalnode.rpc-address": `127.0.0.1:${rpc}`,
    "dfs.journalnode.http-address": `127.0.0.1:${http}`,
    "dfs.namenode.edits.noeditlogchannelflush": "true",
  };
}

/** The name of a NameNode of a pair for Hadoop's tools: `nn1`, `nn2`. */
export function nameNodeId(index: number): string {
  return `nn${index + 1}`;
}

/** The name of a pair: its URI is `hdfs://ns`. */
export const nameservice = "ns";

function addresses({ nameNodes, journalNode }: Pick<BedPorts, "nameNodes" | "journalNode">): Properties {
  const suffix = (index: number): string => (nameNodes.length === 1 ? "" : `.ns.${nameNodeId(index)}`);
  const entries = nameNodes.flatMap(({ rpc, http }, index) => [
    [`dfs.namenode.rpc-address${suffix(index)}`, `127.0.0.1:${rpc}`],
    [`dfs.namenode.http-address${suffix(index)}`, `127.0.0.1:${http}`],
  ]);
  return {
    ...(Object.fromEntries(entries) as Properties),
    "fs.defaultFS":
      journalNode === undefined ? `hdfs://127.0.0.1:${nameNodes[0]?.rpc}` : `hdfs://${nameservice}`,
    ...(journalNode !== undefined && {
      "dfs.nameservices": nameservice,
      "dfs.ha.namenodes.ns": nameNodes.map((_, index) => nameNodeId(index)).join(","),
      "dfs.namenode.shared.edits.dir": `qjournal://127.0.0.1:${journalNode.rpc}/${nameservice}`,
      // DataNodes that write for a WebHDFS client find the active NameNode with it, too.
      "dfs.client.failover.proxy.provider.ns":
        "org.apache.hadoop.hdfs.server.namenode.ha.ConfiguredFailoverProxyProvider",
      "dfs.ha.tail-edits.period": "1s",
    }),
  };
}

/** What a DataNode has besides. */
export function dataNodeProperties(ports: DataNodePorts, dataFolder: string): Properties {
  return {
    "dfs.datanode.data.dir": dataFolder,
    "dfs.datanode.address": `127.0.0.1:${ports.data}`,
    "dfs.datanode.ipc.address": `127.0.0.1:${ports.ipc}`,
    "dfs.datanode.http.address": `127.0.0.1:${ports.http}`,
    // The host of the Location header.
    "dfs.datanode.hostname": "127.0.0.1",
  };
}

/**
 * Writes a configuration folder. All properties stand in both files: what core-site.xml says of `dfs.*` loses
 * against the defaults for HDFS, and programs that know no HDFS read no hdfs-site.xml.
 */
export async function writeConfiguration(folder: string, properties: Properties): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "core-site.xml"), toXml(properties));
  await writeFile(join(folder, "hdfs-site.xml"), toXml(properties));
  await writeFile(join(folder, "log4j.properties"), log4j);
}

function toXml(properties: Properties): string {
  const lines = Object.entries(properties).map(
    ([name, value]) =>
      `  <property><name>${escapeXml(name)}</name><value>${escapeXml(value)}</value></property>`,
  );
  return `<?xml version="1.0"?>\n<configuration>\n${lines.join("\n")}\n</configuration>\n`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

// A role gets -Dsewer.log and writes there, at most 2 x 8 MB; a tool has none and warns on standard error.
const log4j = `log4j.rootLogger=\${sewer.level},\${sewer.appender}
sewer.level=WARN
sewer.appender=console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.target=System.err
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%p %c{1}: %m%n
log4j.appender.file=org.apache.log4j.RollingFileAppender
log4j.appender.file.File=\${sewer.log}
log4j.appender.file.MaxFileSize=8MB
log4j.appender.file.MaxBackupIndex=1
log4j.appender.file.layout=org.apache.log4j.PatternLayout
log4j.appender.file.layout.ConversionPattern=%d{ISO8601} %p %c{1}: %m%n
log4j.logger.org.apache.hadoop.util.NativeCodeLoader=ERROR
`;
