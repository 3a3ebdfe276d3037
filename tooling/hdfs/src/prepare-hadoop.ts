import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { cacheFolder, fillOnce } from "./cache.ts";
import { testbedErrors } from "./errors.ts";
import type { Hadoop } from "./hadoop.ts";
import { Hdfs } from "./hdfs.ts";
import { findJava, findMaven, type Java } from "./java.ts";
import { runProgram } from "./run-program.ts";

/** Takes one line on each step that takes seconds. */
export type Progress = (line: string) => void;

const artefacts = [
  "org.apache.hadoop:hadoop-client-api:3.4.2",
  "org.apache.hadoop:hadoop-client-runtime:3.4.2",
  "org.apache.hadoop:hadoop-client-minicluster:3.4.2",
  // Without it Jersey fails at the first request, and every /webhdfs/v1 call is 404 on Java 11 and later.
  "javax.xml.bind:jaxb-api:2.3.1",
  "org.slf4j:slf4j-reload4j:1.7.36",
];
const repackSource = join(import.meta.dirname, "../java/RepackJars.java");
const toolServerSource = join(import.meta.dirname, "../java/ToolServer.java");
const stepMsMax = 300_000;
// Another process may be at it, and it may take every step.
const waitMsMax = 2 * stepMsMax;

/** True when Hadoop's jars are in the cache, so that Maven is not needed. */
export function hasJars(): boolean {
  return existsSync(jarsFolder());
}

/**
 * Makes sure that everything is in the cache: the jars (89 MB to fetch, 235 MB then) and class data for this JVM. Each is made once; together that takes half a minute.
 *
 * Fails with `SEWER_TESTBED_NO_JAVA`, `_JAVA_VERSION`, `_NO_MAVEN` or `_PREPARE`.
 */
export async function prepareHadoop(onProgress: Progress = () => {}): Promise<Hadoop> {
  const java = findJava();
  const jarsAt = jarsFolder();
  await fillOnce(jarsAt, (empty) => fetchJars(java, empty, onProgress), waitMsMax);
  const names = readdirSync(jarsAt).filter((name) => name.endsWith(".jar"));
  const jars = names.sort().map((name) => join(jarsAt, name));
  const toolSource = readFileSync(toolServerSource, "utf8");
  const toolClasses = join(cacheFolder(), `tools-${digest(jarsAt, java.version, toolSource)}`);
  await fillOnce(toolClasses, (empty) => compileToolServer(java, jars, empty), waitMsMax);
  const hadoop = { java, jars, toolClasses };
  const classData = join(cacheFolder(), `class-data-${digest(jarsAt, java.java, java.version)}`);
  await fillOnce(classData, (empty) => recordClassData(hadoop, empty, onProgress), waitMsMax);
  return { ...hadoop, classData: { folder: classData, use: "read" } };
}

function jarsFolder(): string {
  return join(cacheFolder(), `jars-${digest(...artefacts, readFileSync(repackSource, "utf8"))}`);
}

function digest(...texts: readonly string[]): string {
  return createHash("sha256").update(texts.join("\n")).digest("hex").slice(0, 8);
}

async function fetchJars(java: Java, folder: string, onProgress: Progress): Promise<void> {
  const maven = findMaven();
  const errorCode = testbedErrors.prepare;
  const fetched = join(folder, "fetched");
  await mkdir(fetched);
  await writeFile(join(folder, "pom.xml"), pom());
  onProgress("Fetching Hadoop 3.4.2 with Maven (89 MB, once) ...");
  const mavenArguments = ["-q", "-B", "-f", join(folder, "pom.xml"), "dependency:copy-dependencies"];
  await runProgram(maven, [...mavenArguments, `-DoutputDirectory=${fetched}`], {
    title: "Maven could not fetch Hadoop's jars (is its repository reachable?)",
    msMax: stepMsMax,
    errorCode,
  });
  onProgress("Repacking the jars for a faster start (once) ...");
  await runProgram(java.java, ["-XX:TieredStopAtLevel=1", repackSource, fetched, folder], {
    title: "The jars could not be repacked",
    msMax: stepMsMax,
    errorCode,
  });
  await rm(fetched, { recursive: true });
}

function pom(): string {
  const dependencies = artefacts.map((artefact) => {
    const [group, name, version] = artefact.split(":");
    return `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>sewer</groupId><artifactId>hadoop-jars</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
${dependencies.join("\n")}
</dependencies></project>
`;
}

async function compileToolServer(java: Java, jars: readonly string[], folder: string): Promise<void> {
  await runProgram(java.javac, ["-cp", jars.join(delimiter), "-d", folder, toolServerSource], {
    title: `${toolServerSource} could not be compiled`,
    msMax: stepMsMax,
    errorCode: testbedErrors.prepare,
  });
}

/** Runs a bed once with each kind of JVM writing down which classes it loaded. */
async function recordClassData(hadoop: Hadoop, folder: string, onProgress: Progress): Promise<void> {
  onProgress("Recording class data for a faster start (once) ...");
  const hdfs = await Hdfs.start({ ...hadoop, classData: { folder, use: "write" } }, {});
  try {
    // Through WebHDFS in, through the DataNode out: what tests do.
    const input = join(hdfs.clientConfiguration, "core-site.xml");
    const shell = "org.apache.hadoop.fs.FsShell";
    await hdfs.exec(shell, ["-put", input, `${hdfs.namenodeUrl.replace("http:", "webhdfs:")}/class-data`]);
    await hdfs.exec(shell, ["-text", "/class-data"]);
    // An archive is written at an orderly end only.
    for (const role of hdfs.roles) await role.stop();
  } finally {
    await hdfs.close();
  }
}
