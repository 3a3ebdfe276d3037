import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { describeProgram } from "@sewer/testkit/vitest";
import { RunningHaproxy, type ProxiedServer } from "../support/running-haproxy.ts";
import { RunningSewer, freePorts } from "../support/run-sewer.ts";
import { jsonEventsBelow } from "./json-events.ts";
import { sendLoad } from "./load-client.ts";

describeProgram(
  "HAProxy in front of two servers",
  { name: "haproxy", install: "tooling/debian/install.sh http" },
  (program) => {
    test("both are restarted under load, one after the other: no request fails, each event is there once", async () => {
      const dir = mkdtempSync(join(tmpdir(), "sewer-rolling-"));
      onTestFinished(() => rmSync(dir, { recursive: true }));
      const [front = 0, ...ports] = await freePorts(5);
      const servers: ProxiedServer[] = ["one", "two"].map((name, index) => ({
        name,
        port: ports[2 * index]!,
        statusPort: ports[2 * index + 1]!,
      }));
      const running = new Map<string, RunningSewer>();
      onTestFinished(async () => {
        await Promise.all([...running.values()].map((sewer) => sewer.stop("SIGKILL")));
      });
      const start = async (server: ProxiedServer): Promise<void> => {
        const sewer = new RunningSewer(["start"], { cwd: join(dir, server.name) });
        running.set(server.name, sewer);
        await sewer.listening();
      };
      for (const server of servers) {
        mkdirSync(join(dir, server.name));
        writeFileSync(join(dir, server.name, "sewer.yaml"), configOf(server));
        await start(server);
      }
      const haproxy = await RunningHaproxy.start({ program, dir, port: front, servers });
      onTestFinished(() => haproxy.stop());

      const endOfLoad = new AbortController();
      const all = {
        requests: Number.MAX_SAFE_INTEGER,
        connections: 20,
        paceMs: 10,
        signal: endOfLoad.signal,
      };
      const load = sendLoad({ ...all, port: front });
      for (const server of servers) {
        const end = await running.get(server.name)!.stop();
        expect(end.code, end.stderr).toBe(0);
        await start(server);
        await haproxy.until(server.name, "UP");
      }
      endOfLoad.abort();
      const { acknowledged, refused, unanswered } = await load;
      expect({ refused: [...refused], unanswered }).toEqual({ refused: [], unanswered: [] });
      expect(acknowledged.length).toBeGreaterThan(1000);

      for (const sewer of running.values()) expect((await sewer.stop()).code).toBe(0);
      const delivered = servers.flatMap(({ name }) => jsonEventsBelow(join(dir, name, "out")));
      expect(delivered.sort()).toEqual([...acknowledged].sort());
    }, 180_000);
  },
);

/** Long enough a delay for HAProxy to look ten times. */
function configOf({ port, statusPort }: ProxiedServer): string {
  return `
admin: false
log: { format: json }
stop: { drainDelay: 1s, deliver: 60s }
flows:
  pixel:
    source: { type: http, host: 127.0.0.1, port: ${port}, statusPort: ${statusPort} }
    spool: { dir: spool, roll: { every: 1s } }
    sink: { type: file, path: 'out/%{rand}', format: { type: json } }
`;
}
