import { strict as assert } from "node:assert";
import type { Channel, ComponentContext, RecordSchema, Source, SourceDefinition } from "@sewer/core";
import { accessLogEvent, extendedAccessLogEvent } from "@sewer/writable";
import { connectionsMaxOf } from "./connection-limit.ts";
import { Engine } from "./engine.ts";
import type { HealthCheck } from "./health.ts";
import { HttpStatistics } from "./http-statistics.ts";
import { httpSourceOptions, isExtended, type ResolvedHttpSourceOptions } from "./options.ts";
import { Ports, type HttpSourceAddresses, type PortOptions } from "./ports.ts";
import { canShareReads, SharedReads } from "./shared-reads.ts";

/**
 * The pixel endpoint: every request of one of the `methods` becomes one record of the channel and is answered
 * 204 once that record is as durable as the channel promises.
 */
export class HttpSource implements Source {
  /** `access-log`, or with `headers` or `body.record` `access-log-extended`. */
  readonly schema: RecordSchema;
  readonly #options: ResolvedHttpSourceOptions;
  readonly #context: ComponentContext;
  #statistics: HttpStatistics;
  /** What `limits.connections` is when it is not set. */
  #connectionsDefault = 0;
  #ports: Ports | undefined;

  constructor(options: ResolvedHttpSourceOptions, context: ComponentContext) {
    this.#options = options;
    this.#context = context;
    const { name, fields } = isExtended(options) ? extendedAccessLogEvent : accessLogEvent;
    this.schema = { name, fields };
    this.#statistics = new HttpStatistics(context.clock.monotonic());
  }

  /** The counters; those of the source that it has taken over from go on. */
  get statistics(): HttpStatistics {
    return this.#statistics;
  }

  /** The URLs, once {@link open} has settled. */
  get addresses(): HttpSourceAddresses {
    const addresses = this.#ports?.addresses;
    assert(addresses !== undefined, "the source is not open");
    return addresses;
  }

  /** How sockets are read: into one buffer for all, or through the public stream. Known once it is open. */
  get readPath(): "onread" | "stream" {
    return this.#ports?.readPath ?? "stream";
  }

  /**
   * Listens on both ports.
   *
   * @throws SewerError with one of the codes of `httpSourceErrors`; nothing is left open then.
   */
  async open(channel: Channel): Promise<void> {
    assert(this.#ports === undefined, "a source is opened once");
    const { clock, fs } = this.#context;
    this.#connectionsDefault = await connectionsMaxOf(fs);
    const isShared = this.#options.readPath === "auto" && (await canShareReads(clock));
    const sharedReads = isShared ? new SharedReads() : undefined;
    this.#ports = new Ports(this.#engineOn(channel), this.#context, sharedReads);
    await this.#ports.open(this.#options);
  }

  /** True when the ports of a source with options `a` serve one with options `b`. */
  static isSamePorts(a: PortOptions, b: PortOptions): boolean {
    return portKeys.every((key) => a[key] === b[key]);
  }

  /**
   * Takes over the ports and connections of an open source instead of opening its own
   * (`SuccessorSource` of `@sewer/flow`): what begins is served by these options, what has begun by the former ones.
   * A connection moves when nothing of it is under way; one that is never free is closed with an answer after 10 s.
   *
   * @param former a source with the same ports: {@link isSamePorts}.
   */
  takeOver(former: Source, channel: Channel): Promise<void> {
    assert(
      former instanceof HttpSource && this.#ports === undefined,
      "an open HTTP source is followed by a new one",
    );
    assert(HttpSource.isSamePorts(former.#options, this.#options), "the ports are the same");
    assert(former.#ports?.addresses !== undefined, "the former source is open");
    this.#statistics = former.#statistics;
    this.#connectionsDefault = former.#connectionsDefault;
    this.#ports = former.#ports;
    return this.#ports.moveTo(this.#engineOn(channel));
  }

  /** What has to be well for requests to be served and recorded now. */
  get health(): readonly HealthCheck[] {
    return this.#ports?.health ?? [{ name: "listening", failure: "the ports are not bound yet" }];
  }

  /**
   * Begins to say goodbye: requests are served on, every answer closes its connection, and the status port
   * answers 503, so that load balancers look elsewhere before {@link close} is called.
   */
  drain(): void {
    this.#ports?.drain();
  }

  async close(graceMs: number): Promise<void> {
    await this.#ports?.close(graceMs);
  }

  #engineOn(channel: Channel): Engine {
    const connections = this.#options.limits.connections ?? this.#connectionsDefault;
    const { clock } = this.#context;
    return new Engine({ channel, clock, options: this.#options, connections, statistics: this.#statistics });
  }
}

const portKeys = ["host", "port", "statusPort", "processes", "reusePort", "readPath"] as const;

/** How a flow finds this source: `type: http`. */
export const httpSource: SourceDefinition<ResolvedHttpSourceOptions> = {
  kind: "source",
  type: "http",
  options: httpSourceOptions,
  create: (options, context) => new HttpSource(options, context),
};
