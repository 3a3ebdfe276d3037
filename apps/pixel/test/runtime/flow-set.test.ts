import { isDeepStrictEqual } from "node:util";
import { isSewerError, silentLogger } from "@sewer/core";
import { seededRandom } from "@sewer/testkit";
import { expect, test } from "vitest";
import type { FlowConfig } from "../../src/config/config.ts";
import { parseConfig } from "../../src/config/parse-config.ts";
import { FlowSet, type RunningFlow } from "../../src/runtime/flow-set.ts";

/** A flow that fails when the test says so, and remembers what was done to it. */
class FakeFlow implements RunningFlow {
  readonly name: string;
  config: FlowConfig;
  isOpen = false;
  isWell = true;
  readonly calls: string[] = [];
  readonly #mayFail: (what: string) => void;

  constructor(config: FlowConfig, mayFail: (what: string) => void) {
    this.name = config.name;
    this.config = config;
    this.#mayFail = mayFail;
  }

  async open(): Promise<void> {
    this.#mayFail(`open ${this.name}`);
    this.isOpen = true;
  }

  async reconfigure(config: FlowConfig): Promise<void> {
    this.calls.push("reconfigure");
    // As the real one: it may have gone half of the way.
    this.config = config;
    this.#mayFail(`reconfigure ${this.name}`);
  }

  async close(): Promise<void> {
    this.calls.push("close");
    this.isOpen = false;
    this.#mayFail(`close ${this.name}`);
  }
}

function configOf(flows: Readonly<Record<string, { port: number; every: number }>>): readonly FlowConfig[] {
  const texts = Object.entries(flows).map(
    ([name, { port, every }]) => `  ${name}:
    source: { type: http, port: ${port} }
    spool: { roll: { every: ${every}s } }
    sink: { type: file, path: out/x }
`,
  );
  const text = `flows:\n${texts.join("")}`;
  const result = parseConfig({ file: "sewer.yaml", text, baseDir: "/", env: {} });
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join());
  return result.config.flows;
}

const stop = { drainDelay: 0, graceful: 0, deliver: 0 };

test.for([1, 2, 3, 4])(
  "whatever fails in a reload, all is as after it or as before it: seed %i",
  async (seed) => {
    const random = seededRandom(seed);
    const upTo = (bound: number): number => Math.floor(random.next() * bound);
    const randomConfig = (): readonly FlowConfig[] =>
      configOf(
        Object.fromEntries(
          ["a", "b", "c", "d"]
            .filter((_, index) => index === 0 || upTo(3) > 0)
            .map((name, index) => [name, { port: 1000 + 100 * index + 10 * upTo(2), every: 1 + upTo(2) }]),
        ),
      );
    const outcomes = { taken: 0, undone: 0, half: 0 };
    for (let round = 0; round < 300; round++) {
      let failures = 0;
      const mayFail = (what: string): void => {
        if (failures === 0 || upTo(3) > 0) return;
        failures -= 1;
        throw new Error(`${what} failed`);
      };
      const [before, after] = [randomConfig(), randomConfig()];
      const all: FakeFlow[] = [];
      const create = (config: FlowConfig): FakeFlow => {
        all.push(new FakeFlow(config, mayFail));
        return all.at(-1)!;
      };
      const flows = new FlowSet(before, create, silentLogger);
      await flows.open();
      const objects = new Map(flows.all.map((flow) => [flow.name, flow]));
      failures = upTo(4);
      const expectRunning = (configs: readonly FlowConfig[]): void => {
        expect(flows.all.map(({ config }) => config)).toEqual(configs);
        expect(all.filter(({ isOpen }) => isOpen)).toHaveLength(configs.length);
        expect(flows.all.every(({ isOpen }) => isOpen)).toBe(true);
      };
      const error: unknown = await flows
        .reload({ flows: before, stop }, { flows: after, stop })
        .catch((cause: unknown) => cause);
      const outcome = error === undefined ? "taken" : isSewerError(error) ? "half" : "undone";
      outcomes[outcome] += 1;
      if (outcome === "half") continue;
      expectRunning(outcome === "taken" ? after : before);
      const same = before.filter((config) => after.some((other) => isDeepStrictEqual(other, config)));
      for (const { name } of same) {
        expect(flows.find(name)).toBe(objects.get(name));
        expect(objects.get(name)?.calls).toEqual([]);
      }
    }
    expect(
      Object.values(outcomes).every((count) => count > 10),
      JSON.stringify(outcomes),
    ).toBe(true);
  },
);

test("a flow that gave up is opened anew by a reload, also when its config is the same", async () => {
  const configs = configOf({ a: { port: 1, every: 1 }, b: { port: 3, every: 1 } });
  const flows = new FlowSet(configs, (config) => new FakeFlow(config, () => {}), silentLogger);
  await flows.open();
  const [a, b] = flows.all;
  a!.isWell = false;
  await flows.reload({ flows: configs, stop }, { flows: configs, stop });
  expect(a!.isOpen).toBe(false);
  expect(flows.all.map(({ name, isOpen }) => [name, isOpen])).toEqual([
    ["a", true],
    ["b", true],
  ]);
  expect(flows.find("b")).toBe(b);
});
