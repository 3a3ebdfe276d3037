import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RunningSewer, freePorts, runSewer } from "../support/run-sewer.ts";
import { eventKey } from "./events.ts";
import { sendLoad } from "./load-client.ts";

let dir: string;
let port: number;
let running: RunningSewer[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "sewer-levels-"));
  mkdirSync(join(dir, "out"));
});

afterEach(async () => {
  await Promise.all(running.map((sewer) => sewer.stop("SIGKILL")));
  running = [];
  rmSync(dir, { recursive: true });
});

async function start(durability: string): Promise<RunningSewer> {
  const [pixel, status] = (await freePorts(2)) as [number, number];
  port = pixel;
  writeFileSync(
    join(dir, "sewer.yaml"),
    `
admin: false
log: { format: json }
flows:
  pixel:
    source: { type: http, host: 127.0.0.1, port: ${pixel}, statusPort: ${status} }
    spool: { dir: spool, roll: { every: 300ms }, durability: ${durability} }
    retry: { base: 100ms, cap: 1s }
    sink: { type: file, path: 'out/data-%{yyyyMMdd-HHmmss}' }
`,
  );
  const sewer = new RunningSewer(["start"], { cwd: dir });
  running.push(sewer);
  await sewer.listening();
  return sewer;
}

/** How often each event is in the output, as `sewer cat` prints it. */
async function countDelivered(): Promise<Map<string, number>> {
  const names = readdirSync(join(dir, "out")).filter((file) => !basename(file).startsWith("."));
  const { code, stdout, stderr } = await runSewer(["cat", ...names.map((name) => join(dir, "out", name))], {
    cwd: dir,
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const counts = new Map<string, number>();
  for (const line of stdout.trimEnd().split("\n")) {
    const key = eventKey(JSON.parse(line));
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

describe("kill -9 under load, three times", () => {
  test.each(["written", "group"])(
    "durability %s: every event whose 204 a client received is delivered, once",
    async (durability) => {
      const acknowledged: string[] = [];
      const unanswered: string[] = [];
      for (const round of [1, 2, 3]) {
        const sewer = await start(durability);
        const load = await sendLoad({
          port,
          firstId: round * 1_000_000,
          requests: 500_000,
          connections: 20,
          onProgress: (answered) => {
            if (answered === 1000) sewer.child.kill("SIGKILL");
          },
        });
        await sewer.ended;
        acknowledged.push(...load.acknowledged);
        unanswered.push(...load.unanswered);
      }
      const end = await (await start(durability)).stop();
      expect(end.code, end.stderr).toBe(0);
      expect(acknowledged.length).toBeGreaterThanOrEqual(3000);
      const delivered = await countDelivered();
      expect(acknowledged.filter((key) => delivered.get(key) !== 1)).toEqual([]);
      const known = new Set([...acknowledged, ...unanswered]);
      expect([...delivered].filter(([key, count]) => count !== 1 || !known.has(key))).toEqual([]);
    },
  );
});
