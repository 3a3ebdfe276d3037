import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { describeProgram } from "@sewer/testkit/vitest";
import { freePorts, RunningSewer } from "../support/run-sewer.ts";

const limitMs = 120_000;
const events = 7;

describeProgram(
  "a real carbon",
  { name: "carbon-cache", install: "tooling/debian/install.sh graphite" },
  (program) => {
    let dir = "";
    let carbon: ChildProcess | undefined;
    let sewer: RunningSewer;

    beforeAll(async () => {
      dir = await mkdtemp(join(tmpdir(), "sewer-carbon-"));
      const [lines = 0, pickle = 0, query = 0] = await freePorts(3);
      await Promise.all(["storage", "conf", "log"].map((name) => mkdir(join(dir, name))));
      await writeFile(join(dir, "conf", "storage-schemas.conf"), "[all]\npattern = .*\nretentions = 1s:1h\n");
      await writeFile(
        join(dir, "conf", "carbon.conf"),
        `[cache]
STORAGE_DIR = ${join(dir, "storage")}
CONF_DIR = ${join(dir, "conf")}
LOG_DIR = ${join(dir, "log")}
PID_DIR = ${dir}
LOCAL_DATA_DIR = ${join(dir, "storage", "whisper")}
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = ${lines}
PICKLE_RECEIVER_INTERFACE = 127.0.0.1
PICKLE_RECEIVER_PORT = ${pickle}
CACHE_QUERY_INTERFACE = 127.0.0.1
CACHE_QUERY_PORT = ${query}
MAX_CREATES_PER_MINUTE = inf
MAX_UPDATES_PER_SECOND = inf
ENABLE_LOGROTATION = False
`,
      );
      const words = [`--config=${join(dir, "conf", "carbon.conf")}`, "--nodaemon", "--debug", "start"];
      carbon = spawn(program, words, { stdio: "ignore", env: { ...process.env, GRAPHITE_ROOT: dir } });
      await writeFile(
        join(dir, "sewer.yaml"),
        `admin: false
graphite: { host: 127.0.0.1, port: ${lines}, prefix: "test.", every: 1s }
flows: { pixel: { source: { type: http, host: 127.0.0.1, port: 0 }, sink: { type: file, path: out/x } } }
`,
      );
      sewer = new RunningSewer(["start"], { cwd: dir });
      const { pixel = "" } = await sewer.listening();
      for (let count = 0; count < events; count++) await fetch(pixel);
    }, limitMs);

    afterAll(async () => {
      await sewer.stop("SIGKILL");
      if (carbon !== undefined && carbon.exitCode === null) {
        const ended = once(carbon, "exit");
        carbon.kill("SIGKILL");
        await ended;
      }
      await rm(dir, { recursive: true, force: true });
    });

    test(
      "stores the events under the original's name",
      async () => {
        const whisper = join(dir, "storage", "whisper", "test");
        const found = await eventually(
          async () => {
            const [count, ...rest] = storedBelow(whisper);
            return rest.length === 0 && count === events ? count : undefined;
          },
          { limitMs, describe: () => `carbon has ${storedBelow(whisper).join()} of ${events} events` },
        );
        expect(found).toBe(events);
      },
      limitMs,
    );
  },
);

/** The last value of `events.count` of each host. */
function storedBelow(folder: string): number[] {
  if (!existsSync(folder)) return [];
  const { stdout } = spawnSync("find", [folder, "-path", "*/events/count.wsp"], { encoding: "utf8" });
  return stdout
    .split("\n")
    .filter((file) => file !== "")
    .map((file) => {
      const fetched = spawnSync("whisper-fetch", ["--drop=nulls", file], { encoding: "utf8" }).stdout;
      return Number(fetched.trim().split("\n").at(-1)?.split(/\s+/)[1]);
    });
}
