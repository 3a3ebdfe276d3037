import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const here = import.meta.dirname;

async function titlesOf(): Promise<string[]> {
  const names = (await readdir(here, { recursive: true })).filter((name) => name.endsWith(".test.ts"));
  const texts = await Promise.all(names.map((name) => readFile(join(here, name), "utf8")));
  const titles = /(?:it|describe)(?:\.each\([^"`]*\))?\(\s*"([^"]+)"/g;
  return texts.flatMap((text) => [...text.matchAll(titles)].map((match) => match[1]!));
}

describe("docs/specs/spool.md", () => {
  it("names a test for every rule, and each of them exists", async () => {
    const text = await readFile(join(here, "../../../docs/specs/spool.md"), "utf8");
    const titles = await titlesOf();
    const rules = text.split("\n").filter((line) => line.startsWith("- **SPL-"));
    expect(rules.length).toBeGreaterThan(30);
    const numbers = rules.map((rule) => /SPL-\d+/.exec(rule)?.[0]);
    expect(new Set(numbers).size).toBe(rules.length);
    for (const rule of rules) {
      const proof = / _(.+)_$/.exec(rule)?.[1] ?? "";
      expect(proof, rule).not.toBe("");
      for (const [, quoted] of proof.matchAll(/"([^"]+?)(?: …)?"/g)) {
        expect(
          titles.some((title) => title.startsWith(quoted!)),
          `${rule}: "${quoted}"`,
        ).toBe(true);
      }
    }
  });
});
