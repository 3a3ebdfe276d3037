import { expect, test } from "vitest";
import type { StatusReport } from "../../src/admin/status.ts";
import { statusLines } from "../../src/cli/status-lines.ts";

/** What a server says whose only sink has this breaker. */
function linesWith(breaker: "closed" | "open" | "half-open"): string[] {
  const sink = {
    name: "main",
    isOpen: true,
    isFailing: breaker !== "closed",
    breaker,
    waiting: 3,
    running: 0,
    delivered: 1,
    deliveredRecords: 10,
    oldestUndeliveredMs: null,
  };
  const flow = { name: "web", state: "flowing", source: { refused: {} }, spool: {}, sinks: [sink] };
  const server = { version: "1.0.0", hostname: "h1", pid: 1 };
  const report = { ...server, flows: [{ ...flow, unconfigured: [] }] } as unknown as StatusReport;
  return [...statusLines(report)];
}

test.each(["open", "half-open"] as const)("a breaker that is %s has a line of its own", (breaker) => {
  const lines = linesWith(breaker);
  const at = lines.findIndex((line) => line.startsWith("  sink main: failing, 3 waiting, "));
  expect(lines[at + 1]).toBe(`    breaker ${breaker}`);
});

test("a closed one is not worth a line", () => {
  expect(linesWith("closed").join("\n")).not.toContain("breaker");
});
