import { expect, it } from "vitest";
import { disagreements, type Disagreement } from "./disagreements.ts";
import { runDifferential, runNoise } from "./run.ts";

const timeout = 600_000;

function namesOf(classes: readonly Disagreement[]): string[] {
  return classes.map(({ by, reason }) => `${by} ${reason}`);
}

it("llhttp and we agree on 200,000 requests but for the classes that are listed", { timeout }, async () => {
  const report = await runDifferential(1, 200_000);
  expect(report.findings.join("\n\n")).toBe("");
  const rare = namesOf(disagreements.filter(({ isRare }) => isRare === true));
  const met = [...report.disagreements.keys()].filter((name) => !rare.includes(name));
  // Each listed class is met: what never happens explains nothing.
  expect(met.toSorted()).toEqual(
    namesOf(disagreements)
      .filter((name) => !rare.includes(name))
      .toSorted(),
  );
});

it(
  "100,000 times random bytes: nothing is thrown, one record per 204, nothing is kept",
  { timeout },
  async () => {
    expect((await runNoise(1, 100_000)).join("\n\n")).toBe("");
  },
);
