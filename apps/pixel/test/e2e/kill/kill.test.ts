import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom } from "@sewer/testkit";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { sendLoad } from "../load-client.ts";
import { runKillSeries } from "./kill-series.ts";
import { LevelServer, countDelivered, deliverAll } from "./level-server.ts";
import { levels } from "./promises.ts";

const rounds = Number(process.env["SEWER_KILL_ROUNDS"] ?? 10);
// Against hanging only; a machine that is busy with other things takes its time.
const timeoutMs = 900_000;

function temporaryDirectory(): string {
  const dir = mkdtempSync(join(tmpdir(), "sewer-kill-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

test(
  `kill -9 under load, ${rounds} times: every level keeps what it promises, nothing comes twice`,
  async ({ signal }) => {
    const random = seededRandom(1);
    const outcomes = await runKillSeries({ dir: temporaryDirectory(), rounds, random, signal });
    expect(outcomes.map(({ level }) => level)).toEqual(levels);
    for (const { level, acknowledged, broken } of outcomes) {
      expect(acknowledged, level).toBeGreaterThanOrEqual(rounds);
      expect(broken, level).toEqual([]);
    }
  },
  timeoutMs,
);

test(
  "a server that says in its metrics that all is written loses nothing by kill -9, at any level",
  async ({ signal }) => {
    const dir = temporaryDirectory();
    const server = await LevelServer.start(dir, signal);
    const loads = await Promise.all(
      levels.map((level) => sendLoad({ port: server.ports[level], requests: 500, connections: 5 })),
    );
    await eventually(async () => ((await server.unwritten()) === 0 ? true : undefined), {
      limitMs: 60_000,
      describe: () => "records stay in memory though the disk is idle",
    });
    await server.sewer.stop("SIGKILL");
    await deliverAll(dir, signal);
    for (const [index, level] of levels.entries()) {
      const { acknowledged = [] } = loads[index] ?? {};
      expect(acknowledged, level).toHaveLength(500);
      expect(await countDelivered(dir, level), level).toEqual(new Map(acknowledged.map((key) => [key, 1])));
    }
  },
  timeoutMs,
);
