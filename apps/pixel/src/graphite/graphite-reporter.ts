import type { Clock, Logger } from "@sewer/core";
import { EventMeter, tickMs, windows } from "./event-meter.ts";
import { sendLines, type Sending } from "./send-lines.ts";

/** One flow as Graphite sees it. */
export interface GraphiteFlow {
  readonly name: string;
  /** Events recorded so far. */
  readonly records: number;
  /** Events that are in memory only. */
  readonly buffered: number;
}

/** What a {@link GraphiteReporter} needs. */
export interface GraphiteReporterOptions {
  readonly host: string;
  readonly port: number;
  /** Comes before the host name, with nothing between: it ends in a dot. */
  readonly prefix: string;
  readonly everyMs: number;
  readonly hostname: string;
  /** How the flows stand, in the order of the config. */
  readonly flows: () => readonly GraphiteFlow[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Tells a Graphite server how many events come in, under the names of the original: a meter `events` and a gauge
 * `buffer_queue_size`, below prefix and host name. With several flows these are the sums, and each flow has its
 * own below its name. One line a value, `path value epochSeconds`, over a connection of its own each time.
 *
 * A server that is away costs its points and nothing else: they are not kept.
 */
export class GraphiteReporter {
  readonly #options: GraphiteReporterOptions;
  readonly #meters = new Map<string, EventMeter>();
  #cancelTick = (): void => {};
  #cancelReport = (): void => {};
  #sending: Sending | undefined;
  #isFailing = false;

  constructor(options: GraphiteReporterOptions) {
    this.#options = options;
  }

  /** Begins to count and to report. */
  start(): void {
    const nowMs = this.#options.clock.monotonic();
    for (const { name, records } of this.#counted()) this.#meters.set(name, new EventMeter(records, nowMs));
    this.#planTick();
    this.#planReport();
  }

  /** Reports no more. */
  stop(): void {
    this.#cancelTick();
    this.#cancelReport();
    this.#sending?.abandon();
  }

  #planTick(): void {
    this.#cancelTick = this.#options.clock.schedule(tickMs, () => {
      for (const { name, records } of this.#counted()) this.#meters.get(name)?.tick(records);
      this.#planTick();
    });
  }

  #planReport(): void {
    this.#cancelReport = this.#options.clock.schedule(this.#options.everyMs, () => {
      void this.#report();
      this.#planReport();
    });
  }

  async #report(): Promise<void> {
    // Whatever holds up the last one would hold up this one, too.
    if (this.#sending !== undefined) return;
    const { host, port, logger } = this.#options;
    this.#sending = sendLines({ host, port }, this.#lines());
    try {
      await this.#sending.done;
      if (this.#isFailing) logger.info({ host, port }, "Graphite takes numbers again");
      this.#isFailing = false;
    } catch (error) {
      const { message } = error as Error;
      if (!this.#isFailing) logger.warn({ host, port, error: message }, "Graphite does not take numbers");
      this.#isFailing = true;
    } finally {
      this.#sending = undefined;
    }
  }

  #lines(): string {
    const { clock, prefix, hostname } = this.#options;
    const base = `${prefix}${hostname.replaceAll(".", "_")}.`;
    const seconds = Math.floor(clock.now() / 1000);
    let lines = "";
    const add = (path: string, value: string): void => void (lines += `${base}${path} ${value} ${seconds}\n`);
    for (const { name, records, buffered } of this.#counted()) {
      const { moving, mean } = this.#meters.get(name)!.rates(records, clock.monotonic());
      add(`${name}events.count`, String(records));
      for (const [index, rate] of moving.entries())
        add(`${name}events.m${windows[index]}_rate`, rate.toFixed(2));
      add(`${name}events.mean_rate`, mean.toFixed(2));
      add(`${name}buffer_queue_size`, String(buffered));
    }
    return lines;
  }

  /** The sums without a name; with several flows, each of them with its name and a dot. */
  #counted(): GraphiteFlow[] {
    const flows = this.#options.flows();
    const all = {
      name: "",
      records: flows.reduce((sum, { records }) => sum + records, 0),
      buffered: flows.reduce((sum, { buffered }) => sum + buffered, 0),
    };
    return flows.length === 1 ? [all] : [all, ...flows.map((flow) => ({ ...flow, name: `${flow.name}.` }))];
  }
}
