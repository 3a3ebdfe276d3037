import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, unlinkSync } from "node:fs";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { RunningSewer, freePorts, runSewer } from "../support/run-sewer.ts";
import { eventKey } from "./events.ts";
import { sendLoad } from "./load-client.ts";

/** Records that the receipts below a spool directory count as lost. */
function recordsLost(spool: string): number {
  const lines = readdirSync(join(spool, "receipts")).flatMap((name) =>
    readFileSync(join(spool, "receipts", name), "utf8")
      .split("\n")
      .slice(0, -1),
  );
  return lines.reduce((sum, line) => sum + ((JSON.parse(line) as { lost?: number }).lost ?? 0), 0);
}

test("onFull: drop-oldest: while the sink is away the newest events survive, and every 204 is delivered or counted as lost", async () => {
  const dir = mkdtempSync(join(tmpdir(), "sewer-drop-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const [port, statusPort] = (await freePorts(2)) as [number, number];
  writeFileSync(
    join(dir, "sewer.yaml"),
    `
admin: false
log: { format: json }
flows:
  pixel:
    source: { type: http, host: 127.0.0.1, port: ${port}, statusPort: ${statusPort} }
    spool: { dir: spool, roll: { every: 200ms }, maxBytes: 2MiB, minFree: 0, onFull: drop-oldest }
    sink: { type: file, path: 'out/data-%{yyyyMMdd-HHmmss}' }
`,
  );
  mkdirSync(join(dir, "spool", "receipts"), { recursive: true });
  // A place that nothing can be written to, whoever tries.
  symlinkSync("out", join(dir, "out"));
  const away = new RunningSewer(["start"], { cwd: dir });
  onTestFinished(async () => void (await away.stop("SIGKILL")));
  await away.listening();

  const acknowledged: string[] = [];
  let newest: readonly string[] = [];
  let sent = 0;
  await eventually(
    async () => {
      const load = await sendLoad({ port, firstId: sent, requests: 400, connections: 8 });
      sent += 400;
      expect(load.unanswered).toEqual([]);
      acknowledged.push(...load.acknowledged);
      if (load.acknowledged.length > 0) newest = load.acknowledged;
      return recordsLost(join(dir, "spool")) > 300 ? true : undefined;
    },
    { limitMs: 50_000, describe: () => `${acknowledged.length} of ${sent} answered 204` },
  );
  expect((await away.stop()).code).toBe(0);

  unlinkSync(join(dir, "out"));
  const back = new RunningSewer(["start"], { cwd: dir });
  onTestFinished(async () => void (await back.stop("SIGKILL")));
  await back.listening();
  expect((await back.stop()).code).toBe(0);
  const files = readdirSync(join(dir, "out")).map((name) => join(dir, "out", name));
  const { stdout } = await runSewer(["cat", ...files], { cwd: dir });
  const lines = stdout.trimEnd().split("\n");
  const delivered = lines.map((line) => eventKey(JSON.parse(line)));
  expect(delivered.length + recordsLost(join(dir, "spool"))).toBe(acknowledged.length);
  const known = new Set(acknowledged);
  expect(delivered.filter((key) => !known.has(key))).toEqual([]);
  expect(new Set(delivered).size).toBe(delivered.length);
  const survived = new Set(delivered);
  expect(newest.filter((key) => !survived.has(key))).toEqual([]);
});
