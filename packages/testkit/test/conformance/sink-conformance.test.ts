import type { RecordSchema } from "@sewer/core";
import { describe, expect, test } from "vitest";
import { sinkRules } from "../../src/conformance/sink-rules.ts";
import { SinkSubject } from "../../src/conformance/sink-subject.ts";
import { describeSinkConformance, type SinkConformanceOptions } from "../../src/vitest.ts";
import { flaws, memorySink, type Flaw } from "./broken-sink.ts";

const schema: RecordSchema = { name: "number", fields: [{ name: "n", type: "VInt", nullable: false }] };

function options(flaw?: Flaw): SinkConformanceOptions {
  return {
    schema,
    records: (count) => Array.from({ length: count }, (_, n) => Buffer.from([0, n])),
    textOf: (record) => Buffer.from(record).toString("hex"),
    setUp: async () => memorySink(flaw),
  };
}

/** The titles of the rules that a sink breaks. */
async function broken(flaw: Flaw): Promise<string[]> {
  const titles: string[] = [];
  for (const { title, check } of sinkRules) {
    const subject = new SinkSubject(options(flaw), memorySink(flaw));
    await check(subject).catch(() => titles.push(title));
  }
  return titles;
}

describeSinkConformance("a sink in memory", options());

describe("the conformance rules notice a sink that", () => {
  test.each(Object.entries(flaws))("%s", async (flaw, rule) => {
    expect(await broken(flaw as Flaw)).toContainEqual(expect.stringContaining(rule));
  });

  test("every rule notices some", () => {
    for (const { title } of sinkRules) {
      expect(
        Object.values(flaws).some((rule) => title.startsWith(rule)),
        title,
      ).toBe(true);
    }
  });
});
