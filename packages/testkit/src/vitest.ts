import { describe, expect, test } from "vitest";
import { sinkRules } from "./conformance/sink-rules.ts";
import { SinkSubject, type SinkConformanceOptions } from "./conformance/sink-subject.ts";

export { describeProgram, type OtherProgram } from "./describe-program.ts";
export type { SinkConformanceOptions, SinkUnderTest } from "./conformance/sink-subject.ts";

/**
 * Describes what every sink does (docs/specs/component.md, SNK), with a sink and a destination of its own for
 * each rule.
 *
 * @param name of the sink, for the titles.
 */
export function describeSinkConformance(name: string, options: SinkConformanceOptions): void {
  describe(`${name} is a sink`, () => {
    test.each(sinkRules.map((rule) => [rule.title, rule] as const))("%s", async (_, rule) => {
      const sink = await options.setUp();
      try {
        await expect(rule.check(new SinkSubject(options, sink))).resolves.toBeUndefined();
      } finally {
        await sink.close();
      }
    });
  });
}
