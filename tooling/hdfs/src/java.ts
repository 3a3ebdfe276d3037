import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { SewerError } from "@sewer/core";
import { testbedErrors } from "./errors.ts";

/** A JDK that Hadoop 3.4 runs on. */
export interface Java {
  /** Path of `java`. */
  readonly java: string;
  /** Path of `javac`. */
  readonly javac: string;
  /** The whole version, such as `17.0.15+6-Debian-1deb12u1`: a class data archive fits one only. */
  readonly version: string;
}

const oldest = 17;
const newest = 21;
const install =
  "On Debian or Ubuntu: tooling/debian/install.sh; elsewhere install it and set JAVA_HOME to its folder.";

/**
 * Finds the JDK: `JAVA_HOME` if it is set and holds one, else the first `java` on `PATH`. It is run once to
 * learn its version.
 *
 * Fails with `SEWER_TESTBED_NO_JAVA` or `SEWER_TESTBED_JAVA_VERSION`.
 */
export function findJava(env: NodeJS.ProcessEnv = process.env): Java {
  const folders = [...(env["JAVA_HOME"] ? [join(env["JAVA_HOME"], "bin")] : []), ...pathFolders(env)];
  const java = firstExecutable("java", folders);
  if (java === undefined) {
    throw missing(testbedErrors.noJava, `No Java was found (JAVA_HOME, then PATH). It takes a JDK 17 to 21.`);
  }
  const result = spawnSync(java, ["-XshowSettings:properties", "-version"], {
    encoding: "utf8",
    timeout: 30_000,
  });
  const property = (name: string): string =>
    new RegExp(`^ *${name} = (.*)$`, "m").exec(result.stderr ?? "")?.[1]?.trim() ?? "";
  const release = Number(property("java\\.specification\\.version"));
  if (result.status !== 0 || !property("java\\.home")) {
    throw missing(testbedErrors.noJava, `${java} does not run (exit code ${result.status ?? "none"}).`);
  }
  // "1.8" and before are not integers; they are too old all the same.
  if (!(release >= oldest && release <= newest)) {
    const found = property("java\\.specification\\.version");
    throw missing(testbedErrors.javaVersion, `${java} is Java ${found}; Hadoop 3.4 takes a JDK 17 to 21.`);
  }
  const javac = firstExecutable("javac", [join(property("java\\.home"), "bin")]);
  if (javac === undefined) {
    throw missing(testbedErrors.noJava, `${java} comes without javac. It takes a whole JDK 17 to 21.`);
  }
  return { java, javac, version: property("java\\.vm\\.version") };
}

/**
 * The environment of a JVM. The locale is ours: without one that has UTF-8, Java cannot name a file "ü"
 * (`sun.jnu.encoding`), whatever `file.encoding` says.
 */
export function javaEnvironment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: "C.UTF-8", ...more };
}

/** Finds `mvn` on `PATH`. Fails with `SEWER_TESTBED_NO_MAVEN`. */
export function findMaven(env: NodeJS.ProcessEnv = process.env): string {
  const maven = firstExecutable("mvn", pathFolders(env));
  if (maven !== undefined) return maven;
  throw missing(testbedErrors.noMaven, "Maven (mvn) is not on PATH. It fetches Hadoop's jars, once.");
}

function missing(code: string, what: string): SewerError {
  return new SewerError(code, `${what} ${install}`, { retry: "permanent" });
}

function pathFolders(env: NodeJS.ProcessEnv): string[] {
  return (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
}

function firstExecutable(name: string, folders: readonly string[]): string | undefined {
  return folders
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
