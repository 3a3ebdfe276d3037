import type { Clock, FileSystem, Logger, Random, SewerError } from "@sewer/core";
import { isConfigUrl, parseConfigUrl } from "./config-url.ts";
import { FileConfig } from "./file-config.ts";
import { configName, type ConfigPlace } from "./load-config.ts";
import type { ConfigResult } from "./parse-config.ts";
import { RemoteConfig } from "./remote-config.ts";

/** What was read for a program that is about to start. */
export type ConfigReading = ConfigResult & {
  /** What the operator must hear although there is a config: it is an older one, or could not be kept. */
  readonly warning?: SewerError | undefined;
};

/** Where a program that runs has its config from. */
export interface ConfigSource {
  /** Reads and validates what the program starts with. @throws SewerError when there is none to be had. */
  read(): Promise<ConfigReading>;
  /** Reads and validates what it holds now, and only that, for a reload. @throws SewerError as {@link read}. */
  readAgain(): Promise<ConfigResult>;
  /**
   * Watches it from now on, after {@link read}.
   *
   * @param onChange is given what is another than the one before, valid or not, and tells whether the program goes
   * on with it; what it did not take is not offered again.
   * @returns what ends it; once it is disposed of, nothing more is called.
   */
  follow(onChange: (result: ConfigResult) => Promise<boolean>, logger: Logger): AsyncDisposable;
}

/** What a {@link ConfigSource} needs. */
export interface ConfigSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly fs: FileSystem;
  /** How often a server is asked, in milliseconds, give or take a tenth. */
  readonly pollMs: number;
}

/** @throws SewerError `SEWER_CONFIG_UNREADABLE` for a URL that is not asked. */
export function configSource(place: ConfigPlace, surroundings: ConfigSurroundings): ConfigSource {
  const name = configName(place);
  if (name === undefined || !isConfigUrl(name)) return new FileConfig(place);
  return new RemoteConfig(parseConfigUrl(name), { ...place, ...surroundings });
}
