import { isSewerError, SewerError, sleep, type Logger } from "@sewer/core";
import { pixelErrors } from "../errors.ts";
import { ConfigCopy } from "./config-copy.ts";
import { formatProblem, type ConfigProblem } from "./config-problem.ts";
import type { ConfigReading, ConfigSource, ConfigSurroundings } from "./config-source.ts";
import { shownUrl } from "./config-url.ts";
import { fetchConfig, type ConfigVersion } from "./fetch-config.ts";
import type { Environment } from "./interpolate.ts";
import { parseConfig, type ConfigResult } from "./parse-config.ts";

/** What a {@link RemoteConfig} needs. */
export interface RemoteConfigOptions extends ConfigSurroundings {
  readonly env: Environment;
  /** Relative paths in the config start from here, and the last good copy of it lies here. */
  readonly cwd: string;
}

/** Longest wait after failures, unless the one between two polls is longer. */
const waitMsMax = 300_000;

/**
 * A config that a server gives. Its last good text is kept in a file, so that a server that is away, or gives
 * nonsense, keeps nobody from starting. One poll is under way at a time.
 */
export class RemoteConfig implements ConfigSource {
  readonly #url: URL;
  readonly #options: RemoteConfigOptions;
  readonly #copy: ConfigCopy;
  /** The text that the program runs with, when that is known. */
  #running: string | undefined;
  /** What the last poll gave, good or bad. It is judged once. */
  #seen: ConfigVersion | undefined;
  /** How often in a row the server gave nothing. */
  #failures = 0;

  constructor(url: URL, options: RemoteConfigOptions) {
    this.#url = url;
    this.#options = options;
    this.#copy = new ConfigCopy(options.fs, options.cwd, url);
  }

  async read(): Promise<ConfigReading> {
    try {
      this.#seen = await fetchConfig(this.#url, this.#options);
    } catch (error) {
      if (!isSewerError(error)) throw error;
      this.#failures = 1;
      const reading = await this.#readCopy(error);
      if (reading !== undefined) return reading;
      const advice = `there is no good copy (${this.#copy.path}): name a file with -c until it can be`;
      throw new SewerError(error.code, `${error.message}; ${advice}`, { retry: error.retry, cause: error });
    }
    const { text } = this.#seen;
    const result = this.#parse(text);
    if (!result.ok) return (await this.#readCopy(invalid(result.problems))) ?? result;
    return { ...result, warning: await this.#accept(text) };
  }

  async readAgain(): Promise<ConfigResult> {
    const { text } = await fetchConfig(this.#url, this.#options);
    // Whether the program will run with it is not known here: the next poll offers what the server has then.
    this.#running = undefined;
    this.#seen = undefined;
    return this.#parse(text);
  }

  follow(onChange: (result: ConfigResult) => Promise<boolean>, logger: Logger): AsyncDisposable {
    const stop = new AbortController();
    const ended = this.#poll(onChange, logger, stop.signal);
    return {
      [Symbol.asyncDispose]: () => {
        stop.abort();
        return ended;
      },
    };
  }

  async #poll(
    onChange: (result: ConfigResult) => Promise<boolean>,
    logger: Logger,
    signal: AbortSignal,
  ): Promise<void> {
    const config = shownUrl(this.#url);
    for (;;) {
      await sleep(this.#options.clock, this.#waitMs(), signal);
      if (signal.aborted) return;
      let version: ConfigVersion;
      try {
        version = await fetchConfig(this.#url, { ...this.#options, signal }, this.#seen);
      } catch (error) {
        if (signal.aborted) return;
        if (!isSewerError(error)) throw error;
        this.#failures += 1;
        if (this.#failures === 1) {
          logger.warn({ code: error.code, config }, `${error.message}; what runs goes on`);
        }
        continue;
      }
      if (this.#failures > 0) logger.info({ config }, "the config can be read again");
      this.#failures = 0;
      await this.#judge(version, onChange, logger);
    }
  }

  async #judge(
    version: ConfigVersion,
    onChange: (result: ConfigResult) => Promise<boolean>,
    logger: Logger,
  ): Promise<void> {
    const before = this.#seen;
    this.#seen = version;
    if (version.text === before?.text) return;
    const config = shownUrl(this.#url);
    if (version.text === this.#running) {
      if (before !== undefined) logger.info({ config }, "the config is again the one that runs");
      return;
    }
    if (!(await onChange(this.#parse(version.text)))) return;
    const warning = await this.#accept(version.text);
    if (warning !== undefined) logger.error({ code: warning.code, config }, warning.message);
  }

  /** A tenth more or less at random, so that a fleet that started together does not ask together. */
  #waitMs(): number {
    const { pollMs, random } = this.#options;
    const waitMs = Math.min(pollMs * 2 ** this.#failures, Math.max(pollMs, waitMsMax));
    return waitMs * (0.9 + 0.2 * random.next());
  }

  #parse(text: string): ConfigResult {
    const { env, cwd } = this.#options;
    return parseConfig({ file: shownUrl(this.#url), text, baseDir: cwd, env });
  }

  /** From now on this is what runs. @returns why it could not be kept. */
  async #accept(text: string): Promise<SewerError | undefined> {
    this.#running = text;
    try {
      await this.#copy.replace(text);
      return undefined;
    } catch (error) {
      if (isSewerError(error)) return error;
      throw error;
    }
  }

  /** The last good copy, for want of something better. @returns undefined when there is none, or no good one. */
  async #readCopy(reason: SewerError): Promise<ConfigReading | undefined> {
    const { code, message, retry } = reason;
    const { path } = this.#copy;
    try {
      const text = await this.#copy.read();
      const result = text === undefined ? undefined : this.#parse(text);
      if (result?.ok !== true) return undefined;
      this.#running = text;
      const advice = `started with the last good copy of it, ${path}`;
      return { ...result, warning: new SewerError(code, `${message}; ${advice}`, { cause: reason }) };
    } catch (error) {
      if (!isSewerError(error)) throw error;
      throw new SewerError(code, `${message}; ${error.message}`, { retry, cause: error });
    }
  }
}

function invalid(problems: readonly ConfigProblem[]): SewerError {
  const [first] = problems.map(formatProblem);
  const others = problems.length === 1 ? "" : ` (the first of ${problems.length}; sewer check tells all)`;
  const message = `the config is not valid: ${first}${others}`;
  return new SewerError(pixelErrors.configInvalid, message, { retry: "permanent" });
}
