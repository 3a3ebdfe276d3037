import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { eventually } from "../support/eventually.ts";
import { describeProgram } from "@sewer/testkit/vitest";
import { freePorts, RunningSewer } from "../support/run-sewer.ts";
import { RunningPrometheus, type Series } from "./running-prometheus.ts";

const folder = fileURLToPath(new URL("../../../../docs/operations/monitoring/", import.meta.url));
const rulesFile = join(folder, "alerts.yml");
const limitMs = 120_000;

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Panel {
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

const { groups } = parse(await readFile(rulesFile, "utf8")) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const { panels } = JSON.parse(await readFile(join(folder, "dashboard.json"), "utf8")) as { panels: Panel[] };
const queries = panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => [title, expr] as const),
);

/** What Grafana puts into an expression before it asks. */
function filledIn(expression: string): string {
  return expression.replaceAll("$__rate_interval", "1m").replaceAll(/\$(?:instance|flow)\b/g, ".*");
}

/** Names of metrics in an expression. */
function metricsIn(expression: string): string[] {
  return [...new Set(expression.match(/\b(?:sewer|nodejs|process)_[a-z0-9_]+\b|\bup\b/g))];
}

/** What promtool says of a scrape. */
async function checked(promtool: string, admin: string): Promise<object> {
  const input = await (await fetch(`${admin}/metrics`)).text();
  const { status, stdout, stderr } = spawnSync(promtool, ["check", "metrics"], { input, encoding: "utf8" });
  return { status, stdout, stderr };
}

describe("the dashboard", () => {
  test("has no panel on top of another", () => {
    const taken = new Map<string, string>();
    for (const { title, gridPos } of panels) {
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.get(`${x},${y}`), `${title} at ${x},${y}`).toBeUndefined();
          taken.set(`${x},${y}`, title);
        }
      }
    }
  });
});

describeProgram(
  "the alert rules",
  { name: "promtool", install: "tooling/debian/install.sh prometheus" },
  (promtool) => {
    test("are what promtool takes", () => {
      const { status, stdout } = spawnSync(promtool, ["check", "rules", rulesFile], { encoding: "utf8" });
      expect({ status, stdout }).toMatchObject({
        status: 0,
        stdout: expect.stringContaining(`${rules.length} rules`),
      });
    });
  },
);

describeProgram(
  "a real Prometheus",
  { name: "prometheus", install: "tooling/debian/install.sh prometheus" },
  (program) => {
    let dir = "";
    let sewer: RunningSewer;
    let prometheus: RunningPrometheus | undefined;
    let admin = "";

    beforeAll(async () => {
      dir = await mkdtemp(join(tmpdir(), "sewer-prometheus-"));
      const [dead = 0] = await freePorts(1);
      // One sink that works and one that never will, so that there is something to be alarmed about.
      const text = `admin: { port: 0 }
flows:
  web:
    source: { type: http, host: 127.0.0.1, port: 0 }
    spool: { roll: { every: 300ms } }
    sinks:
      near: { type: file, path: out/x }
      far: { type: hdfs, namenodes: ['http://127.0.0.1:${dead}'], path: /x }
`;
      await writeFile(join(dir, "sewer.yaml"), text);
      sewer = new RunningSewer(["start"], { cwd: dir });
      const urls = await sewer.listening();
      admin = urls["admin"] ?? "";
      for (let count = 0; count < 5; count++) await fetch(urls["pixel"] ?? "");
      prometheus = await RunningPrometheus.start({
        program,
        dir,
        target: new URL(admin).host,
        rules: rulesFile,
      });
    }, limitMs);

    afterAll(async () => {
      await prometheus?.stop();
      await sewer.stop("SIGKILL");
      await rm(dir, { recursive: true, force: true });
    });

    /** Asks until there is an answer with something in it: rates need two scrapes. */
    async function answered(expression: string): Promise<readonly Series[]> {
      return eventually(
        async () => {
          const found = await prometheus?.query(expression);
          return found !== undefined && found.length > 0 ? found : undefined;
        },
        { limitMs, describe: () => `no series for ${expression}` },
      );
    }

    test.each(queries)(
      "the panel %s: %s",
      async (_, expression) => {
        expect(await answered(filledIn(expression))).not.toEqual([]);
      },
      limitMs,
    );

    test.each(rules.map(({ alert, expr }) => [alert, expr] as const))(
      "the alert %s: %s",
      async (_, expression) => {
        // Most are quiet on a server that is well, so every metric of theirs is asked for by itself.
        await prometheus?.query(expression);
        for (const metric of metricsIn(expression)) expect(await answered(metric)).not.toEqual([]);
      },
      limitMs,
    );

    test(
      "evaluates every rule without an error",
      async () => {
        const areWell = eventually(
          async () => {
            const health = await prometheus?.ruleHealth();
            const isWell = health?.size === rules.length && [...health.values()].every((one) => one === "ok");
            return isWell ? true : undefined;
          },
          { limitMs, describe: () => "not every rule is well" },
        );
        expect(await areWell).toBe(true);
      },
      limitMs,
    );

    test(
      "sees that a sink is away, and which",
      async () => {
        const away = rules.find(({ alert }) => alert === "SewerSinkAway")?.expr ?? "";
        const found = await answered(away);
        expect(found.map(({ metric: { flow, sink } }) => ({ flow, sink }))).toEqual([
          { flow: "web", sink: "far" },
        ]);
      },
      limitMs,
    );

    describeProgram(
      "promtool",
      { name: "promtool", install: "tooling/debian/install.sh prometheus" },
      (promtool) => {
        test("finds nothing wrong with what it scrapes", async () => {
          expect(await checked(promtool, admin)).toEqual({ status: 0, stdout: "", stderr: "" });
        });

        test("finds nothing wrong with a scrape of several processes", async () => {
          const several = await mkdtemp(join(tmpdir(), "sewer-prometheus-"));
          onTestFinished(() => rm(several, { recursive: true, force: true }));
          const text = `admin: { port: 0 }
flows:
  web:
    source: { type: http, host: 127.0.0.1, port: 0, processes: 2 }
    sink: { type: file, path: out/x }
`;
          await writeFile(join(several, "sewer.yaml"), text);
          const server = new RunningSewer(["start"], { cwd: several });
          onTestFinished(async () => void (await server.stop("SIGKILL")));
          const urls = await server.listening();
          await fetch(urls["pixel"] ?? "");
          expect(await checked(promtool, urls["admin"] ?? "")).toEqual({ status: 0, stdout: "", stderr: "" });
        });
      },
    );
  },
);
