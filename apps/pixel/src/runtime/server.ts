import type { Config } from "../config/config.ts";

/** Everything that one `sewer start` runs, in one process or several. */
export interface Server {
  /**
   * Opens everything.
   *
   * @param signal aborts when the start is no longer wanted.
   * @returns the ports' names and URLs, once every port is bound.
   * @throws what could not be opened, after everything else was closed again.
   */
  open(signal: AbortSignal): Promise<string>;
  /**
   * Goes on with another config; only what differs is touched.
   *
   * @throws what failed, once everything is again as it was before; `SEWER_RELOAD_HALF` when that failed, too.
   */
  reload(config: Config): Promise<void>;
  /**
   * Serves on for `stop.drainDelay`, then closes everything as `stop` says.
   *
   * @returns false when something could not be closed as it should; the log says what.
   */
  close(): Promise<boolean>;
  /** This process is about to end at once: so do the others. */
  abandon(): void;
}
