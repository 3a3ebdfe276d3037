import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { writeConfiguration } from "./configuration.ts";
import type { Java } from "./java.ts";

/** What a JVM is started for; each kind has a class data archive of its own. */
export type JvmKind = "namenode" | "datanode" | "client";

/** Class data archives (AppCDS): made by a first run, which cost some seconds, used by all others. */
export interface ClassData {
  readonly folder: string;
  readonly use: "read" | "write";
}

/** A Hadoop that is ready to be started from. */
export interface Hadoop {
  readonly java: Java;
  /** Paths of all jars, in a fixed order: a class data archive belongs to one class path. */
  readonly jars: readonly string[];
  /** Folder of the compiled java/ToolServer.java. */
  readonly toolClasses: string;
  readonly classData?: ClassData | undefined;
}

/** A folder of configuration and, for a role, where it logs to. */
export interface JvmOptions {
  readonly kind: JvmKind;
  readonly mainClass: string;
  /** Folders of classes and configuration, after the jars: before them they would void the class data. */
  readonly folders: readonly string[];
  /** Full path of the log file of a role. */
  readonly log?: string;
}

/** The arguments that start `mainClass`; its own arguments follow them. */
export function jvmArguments(hadoop: Hadoop, options: JvmOptions): string[] {
  const { classData } = hadoop;
  const archive = classData === undefined ? undefined : join(classData.folder, `${options.kind}.jsa`);
  return [
    "-Xmx192m",
    "-Xss512k",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.net.preferIPv4Stack=true",
    // An archive of another JVM is no reason not to start, and none to print either.
    ...(archive === undefined
      ? []
      : [`-XX:${classData?.use === "read" ? "SharedArchiveFile" : "ArchiveClassesAtExit"}=${archive}`]),
    "-Xlog:disable",
    "-Xlog:all=error:stderr",
    ...(options.log === undefined
      ? []
      : [
          "-Dsewer.level=INFO",
          "-Dsewer.appender=file",
          `-Dsewer.log=${options.log}`,
          // Jetty unpacks its pages there, and a role that is killed leaves them: they go with the role's folder.
          `-Djava.io.tmpdir=${dirname(options.log)}`,
        ]),
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "-cp",
    [...hadoop.jars, ...options.folders].join(delimiter),
    options.mainClass,
  ];
}

/** Gives `use` a folder for temporary files, with a configuration folder that knows no cluster in it. */
export async function withTemporaryFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "sewer-hadoop-"));
  try {
    await writeConfiguration(join(folder, "conf"), {});
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
