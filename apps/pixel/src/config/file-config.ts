import type { ConfigReading, ConfigSource } from "./config-source.ts";
import { loadConfig, type ConfigPlace } from "./load-config.ts";
import type { ConfigResult } from "./parse-config.ts";

/** A config from a file: it is read when somebody asks for it, and not watched. */
export class FileConfig implements ConfigSource {
  readonly #place: ConfigPlace;

  constructor(place: ConfigPlace) {
    this.#place = place;
  }

  read(): Promise<ConfigReading> {
    return loadConfig(this.#place);
  }

  readAgain(): Promise<ConfigResult> {
    return loadConfig(this.#place);
  }

  follow(): AsyncDisposable {
    return { [Symbol.asyncDispose]: async () => {} };
  }
}
