import { SewerError, silentLogger } from "@sewer/core";
import { ManualClock } from "@sewer/testkit";
import { expect, test } from "vitest";
import type { Config } from "../../src/config/config.ts";
import { parseConfig, type ConfigResult } from "../../src/config/parse-config.ts";
import { Reloader } from "../../src/runtime/reloader.ts";

function parse(deliver: string): ConfigResult {
  const text = `stop: { deliver: ${deliver} }\nflows: { web: { sink: { type: file, path: out/x } } }\n`;
  return parseConfig({ file: "sewer.yaml", text, baseDir: "/", env: {} });
}

function configOf(deliver: string): Config {
  const result = parse(deliver);
  if (!result.ok) throw new Error("the test's config is not valid");
  return result.config;
}

/** A reloader whose file and server the test plays. */
function bench() {
  const clock = new ManualClock();
  const taken: number[] = [];
  const played = { file: "1s", failure: undefined as Error | undefined, gate: Promise.resolve() };
  const reloader = new Reloader(configOf("1s"), {
    read: async () => parse(played.file),
    take: async (config) => {
      await played.gate;
      if (played.failure !== undefined) throw played.failure;
      taken.push(config.stop.deliver);
    },
    clock,
    logger: silentLogger,
  });
  return { clock, taken, played, reloader };
}

test("one at a time, in the order of asking; a stop waits for the one that runs and refuses the others", async () => {
  const { taken, played, reloader } = bench();
  const gate = Promise.withResolvers<void>();
  played.gate = gate.promise;
  played.file = "2s";
  const first = reloader.reload();
  const second = reloader.take(parse("3s"));
  await Promise.resolve();
  gate.resolve();
  expect(await first).toMatchObject({ outcome: "taken", generation: 2 });
  await second;
  expect(taken).toEqual([2000, 3000]);
  const closed = reloader.close();
  expect(await reloader.reload()).toMatchObject({ outcome: "refused", problems: ["the server stops"] });
  await closed;
  expect(taken).toEqual([2000, 3000]);
});

test("status and metrics tell generation and last error", async () => {
  const { clock, played, reloader } = bench();
  expect(reloader.status).toMatchObject({ generation: 1, lastReload: undefined });
  clock.advance(5000);
  played.file = "nonsense";
  await reloader.reload();
  expect(reloader.status).toMatchObject({ generation: 1, lastReload: { outcome: "refused" } });
  expect(reloader.status.lastReload?.problems[0]).toMatch(/^sewer\.yaml:1:\d+: stop\.deliver/);
  played.file = "2s";
  played.failure = new Error("no room");
  expect(await reloader.reload()).toMatchObject({ outcome: "failed", generation: 1, problems: ["no room"] });
  expect(await reloader.take(parse("4s"))).toBe(false);
  expect(await reloader.take(parse("nonsense"))).toBe(false);
  expect(reloader.status.lastReload?.outcome).toBe("refused");
  const sample = (name: string, outcome?: string): number | undefined =>
    [...reloader.samples()].find((one) => one.name === name && one.labels?.["outcome"] === outcome)?.value;
  expect(sample("sewer_config_last_reload_successful")).toBe(0);
  played.failure = undefined;
  await reloader.reload();
  expect(sample("sewer_config_last_reload_successful")).toBe(1);
  expect(sample("sewer_config_generation")).toBe(2);
  expect(sample("sewer_config_reloads_total", "failed")).toBe(2);
  clock.advance(7000);
  expect(sample("sewer_config_age_seconds")).toBe(7);
});

test("what is half undone is mended by a reload of the same config", async () => {
  const { taken, played, reloader } = bench();
  played.file = "2s";
  played.failure = new SewerError("SEWER_RELOAD_HALF", "not all came back");
  await reloader.reload();
  played.failure = undefined;
  played.file = "1s";
  expect(await reloader.reload()).toMatchObject({ outcome: "taken", changes: [] });
  expect(taken).toEqual([1000]);
  expect(await reloader.reload()).toMatchObject({ outcome: "unchanged" });
});
