import { isSewerError, type Clock, type Logger, type MetricSample } from "@sewer/core";
import { configChanges, keysForRestart, type ConfigChange } from "../config/config-changes.ts";
import { formatProblem } from "../config/config-problem.ts";
import type { Config } from "../config/config.ts";
import type { ConfigResult } from "../config/parse-config.ts";
import { pixelErrors } from "../errors.ts";

/**
 * What became of a reload. `unchanged`: the config says what it said before. `refused`: it is not valid, or needs a
 * restart; nothing was touched. `failed`: something could not be opened; what was before runs on.
 */
export type ReloadOutcome = "taken" | "unchanged" | "refused" | "failed";

/** What a POST of `/reload` is answered with. */
export interface ReloadReport {
  /** Of this form. */
  readonly v: 1;
  readonly outcome: ReloadOutcome;
  /** 1 for the config of the start, then one more with each that was taken. */
  readonly generation: number;
  /** What the new config changes, also when it was not taken; none when it is not valid. */
  readonly changes: readonly ConfigChange[];
  /** Why it was not taken. */
  readonly problems: readonly string[];
}

/** How the config of a server stands. */
export interface ConfigStatus {
  /** As the operator named it. */
  readonly file: string;
  readonly generation: number;
  /** Since when it runs with this generation; epoch milliseconds. */
  readonly sinceMs: number;
  /** The last time that somebody asked for a reload; undefined when nobody did. */
  readonly lastReload:
    | { readonly atMs: number; readonly outcome: ReloadOutcome; readonly problems: readonly string[] }
    | undefined;
}

/** A server's config and how it changes, as the admin port sees it. */
export interface Reloads {
  readonly status: ConfigStatus;
  /** @param isDry says what a reload would change, and does nothing. */
  reload(isDry?: boolean): Promise<ReloadReport>;
  samples(): Iterable<MetricSample>;
}

/** What a {@link Reloader} needs. */
export interface ReloaderOptions {
  /** Reads the config anew. */
  readonly read: () => Promise<ConfigResult>;
  /** Has the server go on with another config. */
  readonly take: (config: Config) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const outcomes: readonly ReloadOutcome[] = ["taken", "unchanged", "refused", "failed"];

/** Reads a server's config when asked to and has the server take it: one at a time, in the order of asking. */
export class Reloader implements Reloads {
  readonly #options: ReloaderOptions;
  readonly #counts = new Map<ReloadOutcome, number>();
  #config: Config;
  #generation = 1;
  #sinceMs: number;
  #last: ConfigStatus["lastReload"];
  #running: Promise<unknown> = Promise.resolve();
  /** Not all of what ran before the last reload could be brought back. */
  #isHalf = false;
  #isClosed = false;

  /** @param config what the server started with. */
  constructor(config: Config, options: ReloaderOptions) {
    this.#config = config;
    this.#options = options;
    this.#sinceMs = options.clock.now();
  }

  get status(): ConfigStatus {
    const { file } = this.#config;
    return { file, generation: this.#generation, sinceMs: this.#sinceMs, lastReload: this.#last };
  }

  reload(isDry = false): Promise<ReloadReport> {
    return this.#inTurn(async () => this.#judge(await this.#read(), isDry));
  }

  /** Takes what somebody else has read. @returns whether the server goes on with it. */
  async take(result: ConfigResult): Promise<boolean> {
    const { problems } = await this.#inTurn(() => this.#judge(configIn(result), false));
    return problems.length === 0;
  }

  /** Waits for the reload that runs; those that come later are refused. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
  }

  *samples(): Iterable<MetricSample> {
    const { clock } = this.#options;
    yield {
      name: "sewer_config_generation",
      help: "1 for the config of the start, one more with each reload that was taken.",
      type: "gauge",
      value: this.#generation,
    };
    yield {
      name: "sewer_config_age_seconds",
      help: "Time since the config that runs was taken.",
      type: "gauge",
      value: (clock.now() - this.#sinceMs) / 1000,
    };
    yield {
      name: "sewer_config_last_reload_successful",
      help: "0 when the last reload was refused or failed.",
      type: "gauge",
      value: this.#last === undefined || this.#last.problems.length === 0 ? 1 : 0,
    };
    for (const outcome of outcomes) {
      yield {
        name: "sewer_config_reloads_total",
        help: "Reloads by what became of them.",
        type: "counter",
        value: this.#counts.get(outcome) ?? 0,
        labels: { outcome },
      };
    }
  }

  #inTurn(run: () => Promise<ReloadReport>): Promise<ReloadReport> {
    const turn = this.#running.then(() =>
      this.#isClosed ? this.#report("refused", [], ["the server stops"]) : run(),
    );
    this.#running = turn.catch(() => {});
    return turn;
  }

  /** @returns the problems when there is no config to be had. */
  async #read(): Promise<Config | readonly string[]> {
    try {
      return configIn(await this.#options.read());
    } catch (error) {
      if (isSewerError(error)) return [error.message];
      throw error;
    }
  }

  async #judge(config: Config | readonly string[], isDry: boolean): Promise<ReloadReport> {
    if (!("flows" in config)) return this.#ended("refused", [], config, isDry);
    const changes = configChanges(this.#config, config);
    if (changes.length === 0 && !this.#isHalf) return this.#ended("unchanged", [], [], isDry);
    const keys = keysForRestart(changes, this.#config, config);
    if (keys.length > 0) {
      const problem = `${keys.join(", ")}: a change of this takes a restart; nothing was changed`;
      return this.#ended("refused", changes, [problem], isDry);
    }
    if (isDry) return this.#report("taken", changes, []);
    try {
      await this.#options.take(config);
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      this.#isHalf = isSewerError(error) && error.code === pixelErrors.reloadHalf;
      this.#options.logger.error({ error }, "a new config could not be taken");
      return this.#ended("failed", changes, [problem], isDry);
    }
    this.#isHalf = false;
    this.#config = config;
    this.#generation += 1;
    this.#sinceMs = this.#options.clock.now();
    return this.#ended("taken", changes, [], isDry);
  }

  #ended(
    outcome: ReloadOutcome,
    changes: readonly ConfigChange[],
    problems: readonly string[],
    isDry: boolean,
  ): ReloadReport {
    const report = this.#report(outcome, changes, problems);
    if (isDry) return report;
    const { clock, logger } = this.#options;
    this.#counts.set(outcome, (this.#counts.get(outcome) ?? 0) + 1);
    this.#last = { atMs: clock.now(), outcome, problems };
    const fields = {
      outcome,
      generation: this.#generation,
      changes: changes.map(({ path }) => path),
      problems,
    };
    if (problems.length > 0) logger.error(fields, "the config was not taken; what ran before runs on");
    else logger.info(fields, outcome === "taken" ? "the new config is taken" : "the config has not changed");
    return report;
  }

  #report(
    outcome: ReloadOutcome,
    changes: readonly ConfigChange[],
    problems: readonly string[],
  ): ReloadReport {
    return { v: 1, outcome, generation: this.#generation, changes, problems };
  }
}

/** @returns the problems of one that is not valid. */
function configIn(result: ConfigResult): Config | readonly string[] {
  return result.ok ? result.config : result.problems.map(formatProblem);
}
