import cluster from "node:cluster";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { silentLogger } from "@sewer/core";
import { ManualClock } from "@sewer/testkit";
import { expect, onTestFinished, test } from "vitest";
import { parseConfig } from "../../src/config/parse-config.ts";
import { defaultConfig } from "../../src/config/default-config.ts";
import { SupervisedProcess } from "../../src/processes/supervised-process.ts";
import { version } from "../../src/version.ts";
import { eventually } from "../support/eventually.ts";

const fixture = fileURLToPath(new URL("fixtures/unruly-process.mjs", import.meta.url));

function processThat(behaviour: string): { unruly: SupervisedProcess; clock: ManualClock } {
  const clock = new ManualClock();
  const parsed = parseConfig({ file: "f.yaml", text: defaultConfig, baseDir: "/", env: {} });
  if (!parsed.ok) throw new Error("the embedded config is wrong");
  const stdio = ["ignore" as const, "inherit" as const, "inherit" as const, "ipc" as const];
  cluster.setupPrimary({
    exec: fixture,
    args: [behaviour, version],
    execArgv: [],
    serialization: "advanced",
    stdio,
  });
  const unruly = new SupervisedProcess({
    name: "unruly",
    run: { type: "run", name: "unruly", role: { kind: "delivery" }, config: parsed.config },
    clock,
    logger: silentLogger,
    onNotice: () => {},
    onEnd: () => {},
  });
  onTestFinished(() => unruly.kill());
  return { unruly, clock };
}

test("a program that was replaced on disk by another version is not run", async () => {
  const { unruly } = processThat("other-version");
  await expect(unruly.start()).rejects.toMatchObject({ code: "SEWER_PROCESS_VERSION" });
  expect(unruly.status).toMatchObject({ state: "ended", pid: undefined });
});

test("one that ends before it is ready is not started again", async () => {
  const { unruly } = processThat("ends");
  await expect(unruly.start()).rejects.toMatchObject({
    code: "SEWER_PROCESS_ENDED",
    message: expect.stringContaining("exit code 7") as string,
  });
  expect(unruly.status).toMatchObject({ state: "ended", restarts: 0 });
});

test("one that does not close is killed when its time is over, and that is no clean stop", async () => {
  const { unruly, clock } = processThat("deaf");
  await unruly.start();
  const stopped = unruly.stop(1000, 21_000);
  clock.advance(20_999);
  expect(unruly.isAlive).toBe(true);
  clock.advance(1);
  expect(await stopped).toBe(false);
  expect(unruly.status.state).toBe("ended");
});

test("a question that nobody answers fails in time, or when the process ends", async () => {
  const { unruly, clock } = processThat("deaf");
  await unruly.start();
  const late = unruly.ask("report", null);
  clock.advance(5000);
  await expect(late).rejects.toThrow("no answer within 5000 ms");
  const cutOff = unruly.ask("report", null);
  unruly.kill();
  await expect(cutOff).rejects.toThrow("process unruly has ended");
  await expect(unruly.ask("report", null)).rejects.toThrow("does not run");
});

test("one that runs and answers nothing for a minute is killed, and started again", async () => {
  const { unruly, clock } = processThat("deaf");
  await unruly.start();
  const { pid } = unruly.status;
  const ask = async (): Promise<void> => {
    const report = unruly.report();
    clock.advance(5000);
    await expect(report).rejects.toThrow(/no answer|has ended/);
  };
  // A pause of this process looks like one long silence: a single question tells nothing.
  clock.advance(300_000);
  for (let silentMs = 5000; silentMs < 60_000; silentMs += 5000) await ask();
  expect(unruly.status).toMatchObject({ pid, state: "running" });
  const killed = once(cluster, "exit");
  await ask();
  await killed;
  const isIn = (state: string): Promise<true> =>
    eventually(async () => (unruly.status.state === state ? true : undefined), {
      limitMs: 10_000,
      describe: () => unruly.status.state,
    });
  await isIn("waiting");
  clock.advance(30_000);
  await isIn("running");
  expect(unruly.status).toMatchObject({ restarts: 1, lastEnd: { signal: "SIGKILL" } });
});
