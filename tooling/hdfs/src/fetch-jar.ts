import { readdirSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, fillOnce } from "./cache.ts";
import { testbedErrors } from "./errors.ts";
import { findMaven } from "./java.ts";
import { runProgram } from "./run-program.ts";

const fetchMsMax = 300_000;

/**
 * Fetches one jar with Maven, without what it depends on, and keeps it: for what Hadoop finds on its class path only
 * if it is there, such as a codec's library.
 *
 * Fails with `SEWER_TESTBED_NO_MAVEN` or `_PREPARE`.
 *
 * @param artefact `group:name:version`.
 * @returns the path of the jar.
 */
export async function fetchJar(artefact: string): Promise<string> {
  const folder = join(cacheFolder(), `jar-${artefact.replaceAll(":", "-")}`);
  await fillOnce(
    folder,
    async (empty) => {
      const goal = ["dependency:copy", `-Dartifact=${artefact}`, `-DoutputDirectory=${empty}`];
      await runProgram(findMaven(), ["-q", "-B", ...goal], {
        title: `Maven could not fetch ${artefact} (is its repository reachable?)`,
        msMax: fetchMsMax,
        errorCode: testbedErrors.prepare,
      });
    },
    2 * fetchMsMax,
  );
  return join(folder, readdirSync(folder).find((name) => name.endsWith(".jar")) ?? "");
}
