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

test("a spool without room says what fills it, and for which sink", () => {
  const totals = (bytes: number) => ({
    onDisk: { batches: 1, records: 1, bytes },
    quarantined: { batches: 0 },
  });
  const spool = {
    dir: "/s",
    writer: { bytesUsed: 5e6, obstacle: "budget" },
    drain: { sinks: { a: totals(1e3), b: totals(4e6) } },
  };
  const flow = { name: "web", state: "flowing", source: { refused: {} }, spool, sinks: [], unconfigured: [] };
  const report = { version: "1.0.0", hostname: "h1", pid: 1, flows: [flow] } as unknown as StatusReport;
  expect([...statusLines(report)]).toContain(
    "  spool HAS NO ROOM: spool.maxBytes is used up; 3.8 MiB wait for sink b",
  );
});
