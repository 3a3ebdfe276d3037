import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import type { Hadoop } from "./hadoop.ts";
import { runProgram } from "./run-program.ts";

/** A Java class by its name and its source text. */
export interface JavaClass {
  /** With its package, such as `sewer.AccessLogEvent`. */
  readonly className: string;
  readonly source: string;
}

/** What {@link compileJava} takes. */
export interface CompileJavaOptions {
  /** Paths of source files. */
  readonly programs: readonly string[];
  /** Classes that exist as text only. */
  readonly classes: readonly JavaClass[];
  /** Where sources and classes are put. */
  readonly folder: string;
  readonly msMax: number;
}

/** Compiles programs and classes together, against Hadoop. @returns the folder of the class files. */
export async function compileJava(
  hadoop: Hadoop,
  { programs, classes, folder, msMax }: CompileJavaOptions,
): Promise<string> {
  const paths: string[] = [];
  for (const { className, source } of classes) {
    const path = join(folder, "sources", `${className.replaceAll(".", "/")}.java`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, source);
    paths.push(path);
  }
  const output = join(folder, "classes");
  const quick = ["-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC", "-proc:none", "-nowarn"];
  const where = ["-encoding", "UTF-8", "-d", output, "-cp", hadoop.jars.join(delimiter)];
  await runProgram(hadoop.java.javac, [...quick, ...where, ...programs, ...paths], {
    title: `javac ${classes.map(({ className }) => className).join(" ")}`,
    msMax,
  });
  return output;
}
