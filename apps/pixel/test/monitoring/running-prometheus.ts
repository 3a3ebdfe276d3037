import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "../support/eventually.ts";
import { freePorts } from "../support/run-sewer.ts";

const startWithinMs = 60_000;

/** One series of an answer. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [atSeconds: number, value: string];
}

/** A Prometheus that scrapes one server each second. */
export class RunningPrometheus {
  readonly #child: ChildProcess;
  readonly #url: string;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.#url = url;
  }

  /** @param rules path of a file of rules. */
  static async start(options: {
    readonly program: string;
    readonly dir: string;
    readonly target: string;
    readonly rules: string;
  }): Promise<RunningPrometheus> {
    const { program, dir, target, rules } = options;
    const config = {
      global: { scrape_interval: "1s", evaluation_interval: "1s" },
      rule_files: [rules],
      scrape_configs: [{ job_name: "sewer", static_configs: [{ targets: [target] }] }],
    };
    // JSON is YAML too.
    await writeFile(join(dir, "prometheus.yml"), JSON.stringify(config));
    const [port = 0] = await freePorts(1);
    const args = [
      `--config.file=${join(dir, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(dir, "tsdb")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=error",
    ];
    const child = spawn(program, args, { stdio: ["ignore", "ignore", "inherit"] });
    const prometheus = new RunningPrometheus(child, `http://127.0.0.1:${port}`);
    await eventually(() => prometheus.#isReady(), {
      limitMs: startWithinMs,
      describe: () => "Prometheus is not ready",
    });
    return prometheus;
  }

  /** @throws Error when the expression is wrong. */
  async query(expression: string): Promise<readonly Series[]> {
    const parameters = new URLSearchParams({ query: expression }).toString();
    const answer = await fetch(`${this.#url}/api/v1/query?${parameters}`);
    const { status, error, data } = (await answer.json()) as {
      status: string;
      error?: string;
      data?: { result: Series[] };
    };
    if (status !== "success" || data === undefined) throw new Error(`${expression}: ${error}`);
    return data.result;
  }

  /** The rules as it has read them, by name, with what it says of the last evaluation of each. */
  async ruleHealth(): Promise<ReadonlyMap<string, string>> {
    const answer = (await (await fetch(`${this.#url}/api/v1/rules`)).json()) as {
      data: { groups: { rules: { name: string; health: string }[] }[] };
    };
    const rules = answer.data.groups.flatMap((group) => group.rules);
    return new Map(rules.map(({ name, health }) => [name, health]));
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, "close");
    this.#child.kill("SIGTERM");
    await ended;
  }

  async #isReady(): Promise<true | undefined> {
    if (this.#child.exitCode !== null) throw new Error(`Prometheus ended with ${this.#child.exitCode}`);
    const answer = await fetch(`${this.#url}/-/ready`).catch(() => undefined);
    return answer?.ok === true ? true : undefined;
  }
}
