import { join, resolve } from "node:path";
import type { JsonValue } from "@sewer/core";
import { jvmArguments, withTemporaryFolder } from "./hadoop.ts";
import type { Hdfs } from "./hdfs.ts";
import { compileJava, type JavaClass } from "./java-classes.ts";
import { prepareHadoop } from "./prepare-hadoop.ts";
import { runProgram } from "./run-program.ts";

/** What {@link readWithHadoop} takes. */
export interface ReadWithHadoopOptions {
  /** The bed whose files these are; without it they are local. */
  readonly hdfs?: Hdfs;
  /** Sources of the key and value classes that are not Hadoop's own. */
  readonly keySources?: readonly JavaClass[];
  /** Paths in HDFS or, without `hdfs`, on this machine. `file:` and `hdfs:` URLs say it for themselves. */
  readonly files: readonly string[];
  /** @default 120_000 */
  readonly msMax?: number;
}

/** One record of a SequenceFile. */
export interface HadoopRecord {
  /**
   * Of a generated class: an object of its fields. Of Hadoop's own Writables: a string, number or boolean.
   * Bytes are base64, whole numbers past 2^53 strings, a NullWritable null.
   */
  readonly key: JsonValue;
  readonly value: JsonValue;
}

const readerSource = join(import.meta.dirname, "../java/ReadSequenceFile.java");

/**
 * Reads SequenceFiles with Hadoop's own reader, which judges them: whatever it does not take fails with
 * `SEWER_TESTBED_TOOL` and its stack trace. The records come in the order of the files. The classes are compiled
 * for each call, which takes a second or two.
 */
export async function readWithHadoop(options: ReadWithHadoopOptions): Promise<HadoopRecord[]> {
  const { hdfs, keySources = [], msMax = 120_000 } = options;
  const hadoop = hdfs?.hadoop ?? (await prepareHadoop());
  return withTemporaryFolder(async (folder) => {
    const classes = await compileJava(hadoop, {
      programs: [readerSource],
      classes: keySources,
      folder,
      msMax,
    });
    const configuration = hdfs?.clientConfiguration ?? join(folder, "conf");
    const files = hdfs === undefined ? options.files.map(localPath) : options.files;
    const records: HadoopRecord[] = [];
    const jvm = { kind: "client", mainClass: "ReadSequenceFile", folders: [configuration, classes] } as const;
    await runProgram(hadoop.java.java, [...jvmArguments(hadoop, jvm), ...files], {
      title: `Hadoop's reader of ${options.files.join(" ")}`,
      msMax,
      ...(hdfs && { env: { HADOOP_USER_NAME: hdfs.user } }),
      onOutput: linesOf((line) => records.push(JSON.parse(line) as HadoopRecord)),
    });
    return records;
  });
}

function localPath(file: string): string {
  return /^[a-z]+:/.test(file) ? file : resolve(file);
}

/** Joins pieces of text and gives each whole line on; only LF ends one, text may hold any other separator. */
function linesOf(onLine: (line: string) => void): (piece: string) => void {
  let rest = "";
  return (piece) => {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(onLine);
  };
}
