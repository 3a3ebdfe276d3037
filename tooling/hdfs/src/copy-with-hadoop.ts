import { join } from "node:path";
import { jvmArguments, withTemporaryFolder } from "./hadoop.ts";
import { compileJava, type JavaClass } from "./java-classes.ts";
import { prepareHadoop } from "./prepare-hadoop.ts";
import { runProgram } from "./run-program.ts";

/** What {@link copyWithHadoop} takes. */
export interface CopyWithHadoopOptions {
  /** Sources of the classes in the files that are not Hadoop's own. */
  readonly classSources?: readonly JavaClass[];
  /** Further jars, such as that of a codec. */
  readonly jars?: readonly string[];
  /** Local paths: which file is read, and which one is written. */
  readonly files: readonly { readonly from: string; readonly to: string }[];
  /** @default 300_000 */
  readonly msMax?: number;
}

const copySource = join(import.meta.dirname, "../java/CopySequenceFile.java");

/**
 * Reads SequenceFiles with Hadoop's own reader, and has its own writer write the objects that came out, with the
 * compression and codec of the file. On the way it holds the keys to the contracts of equals, hashCode and compareTo.
 * Whatever Hadoop does not take fails with `SEWER_TESTBED_TOOL` and its stack trace.
 *
 * @returns how many records each file has.
 */
export async function copyWithHadoop(options: CopyWithHadoopOptions): Promise<number[]> {
  const { classSources = [], jars = [], files, msMax = 300_000 } = options;
  const hadoop = await prepareHadoop();
  return withTemporaryFolder(async (folder) => {
    const classes = await compileJava(hadoop, {
      programs: [copySource],
      classes: classSources,
      folder,
      msMax,
    });
    const folders = [...jars, join(folder, "conf"), classes];
    const jvm = { kind: "client", mainClass: "CopySequenceFile", folders } as const;
    const output = await runProgram(hadoop.java.java, jvmArguments(hadoop, jvm), {
      title: "Hadoop's copy of SequenceFiles",
      msMax,
      input: files.map(({ from, to }) => `${from}\t${to}\n`).join(""),
    });
    return output.trimEnd().split("\n").map(Number);
  });
}
