import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { findBedPorts } from "./bed-ports.ts";
import { cacheFolder, fillOnce } from "./cache.ts";
import {
  journalNodeProperties,
  nameNodeProperties,
  sharedProperties,
  writeConfiguration,
  type WebAndRpcPorts,
} from "./configuration.ts";
import { testbedErrors } from "./errors.ts";
import { jvmArguments, withTemporaryFolder, type Hadoop } from "./hadoop.ts";
import { answers } from "./readiness.ts";
import { Role } from "./role.ts";
import { runProgram } from "./run-program.ts";

/** Folders of a formatted cluster, to be copied. */
export interface Formatted {
  /** For each NameNode. */
  readonly name: string;
  /** For the JournalNode of a pair. */
  readonly journal: string;
}

const stepMsMax = 60_000;
const user = "sewer";

/** Formats a cluster, once for all beds: with one NameNode, or a pair that shares its edits by a JournalNode. */
export async function prepareFormatted(hadoop: Hadoop, isPair: boolean): Promise<Formatted> {
  const jars = hadoop.jars.map((jar) => basename(jar)).join("\n");
  const key = createHash("sha256").update(jars).digest("hex").slice(0, 8);
  const folder = join(cacheFolder(), `formatted-${isPair ? "pair" : "single"}-${key}`);
  await fillOnce(folder, (empty) => format(hadoop, empty, isPair), 3 * stepMsMax);
  return { name: join(folder, "name"), journal: join(folder, "journal") };
}

async function format(hadoop: Hadoop, folder: string, isPair: boolean): Promise<void> {
  await withTemporaryFolder(async (temporary) => {
    const ports = await findBedPorts(0, isPair);
    const options = { user, replication: 1, locateFollowingBlockDelayMs: null, properties: {} };
    const shared = sharedProperties({ ...options, ports, folder: temporary });
    const configuration = join(temporary, "format");
    await writeConfiguration(configuration, { ...nameNodeProperties(0, join(folder, "name")), ...shared });
    if (ports.journalNode === undefined) return formatNameDirectory(hadoop, configuration);
    const properties = { ...journalNodeProperties(ports.journalNode, join(folder, "journal")), ...shared };
    await writeConfiguration(join(temporary, "journalnode"), properties);
    const journalNode = formattingJournalNode(hadoop, temporary, ports.journalNode);
    try {
      await mkdir(join(folder, "journal"));
      await journalNode.start();
      await formatNameDirectory(hadoop, configuration);
    } finally {
      await journalNode.stop();
    }
  });
}

function formattingJournalNode(hadoop: Hadoop, folder: string, { http }: WebAndRpcPorts): Role {
  const httpUrl = `http://127.0.0.1:${http}`;
  const mainClass = "org.apache.hadoop.hdfs.qjournal.server.JournalNode";
  const jvm = { kind: "namenode", mainClass, folders: [join(folder, "journalnode")] } as const;
  return new Role({
    name: "journalnode",
    httpUrl,
    folder,
    command: hadoop.java.java,
    commandArguments: jvmArguments(hadoop, jvm),
    env: { HADOOP_USER_NAME: user },
    isReady: () => answers(httpUrl),
    onLaunch: () => {},
    startMsMax: stepMsMax,
  });
}

async function formatNameDirectory(hadoop: Hadoop, configuration: string): Promise<void> {
  const mainClass = "org.apache.hadoop.hdfs.server.namenode.NameNode";
  const jvm = jvmArguments(hadoop, { kind: "namenode", mainClass, folders: [configuration] });
  await runProgram(
    hadoop.java.java,
    [...jvm, "-format", "-force", "-nonInteractive", "-clusterId", "sewer"],
    {
      title: "The name directory could not be formatted",
      msMax: stepMsMax,
      errorCode: testbedErrors.prepare,
      env: { HADOOP_USER_NAME: user },
    },
  );
}
