import type { Channel, Clock } from "@sewer/core";
import { Answers } from "./answers.ts";
import type { BodyLimits } from "./body-decoder.ts";
import { Crossdomain, crossdomainFields } from "./crossdomain.ts";
import { ExtendedRecord } from "./extended-record.ts";
import { FieldNames } from "./field-names.ts";
import { Forwarding, forwardedHostName } from "./forwarding.ts";
import { HeadParser } from "./head-parser.ts";
import { HeadRules } from "./head-rules.ts";
import type { HttpStatistics } from "./http-statistics.ts";
import { Methods } from "./methods.ts";
import { isExtended, type ResolvedHttpLimits, type ResolvedHttpSourceOptions } from "./options.ts";
import { RecordEncoder } from "./record-encoder.ts";

/** Resolved limits, the number of connections known. */
export interface EngineLimits extends ResolvedHttpLimits {
  readonly connections: number;
}

/** Something that waits until the channel has room. */
export interface RoomWaiter {
  /** Tries again. @returns false when there is still no room. */
  retry(): boolean;
}

/** Something that holds answers until their records are durable. */
export interface DurabilityWaiter {
  /** Writes what may be written now. @returns false when something is left to wait for. */
  release(): boolean;
}

/** What an engine is made of. */
export interface EngineOptions {
  readonly channel: Channel;
  readonly clock: Clock;
  readonly options: ResolvedHttpSourceOptions;
  /** The most connections. */
  readonly connections: number;
  readonly statistics: HttpStatistics;
}

/**
 * What all connections of a source share: one parser, one encoder, the answers, the channel. A read batch is
 * synchronous from its first byte to its write, so one of each is enough.
 */
export class Engine {
  readonly channel: Channel;
  readonly limits: EngineLimits;
  readonly bodyLimits: BodyLimits;
  readonly statistics: HttpStatistics;
  readonly parser: HeadParser;
  readonly rules: HeadRules;
  readonly encoder: RecordEncoder;
  readonly isBodyRecorded: boolean;
  /** Set when `/crossdomain.xml` is served. */
  readonly crossdomain: Crossdomain | undefined;
  /** What trusted peers say of their clients; undefined when no peer is trusted. */
  readonly forwarding: Forwarding | undefined;
  readonly answers: Answers;
  /** The source is closing: every answer says so. */
  isClosing = false;
  /** What serves requests that begin now, once the options of the source have changed. */
  successor: Engine | undefined;
  readonly #clock: Clock;
  readonly #awaitRoom = new Set<RoomWaiter>();
  readonly #awaitDurability = new Set<DurabilityWaiter>();
  readonly #emptied = Promise.withResolvers<void>();
  #connections = 0;
  #isRetrying = false;

  constructor({ channel, clock, options, connections, statistics }: EngineOptions) {
    const limits = { ...options.limits, connections };
    this.channel = channel;
    this.limits = limits;
    this.bodyLimits = {
      bodyBytesMax: options.body.maxBytes,
      chunkExtensionBytesMax: limits.chunkExtensions,
      trailerBytesMax: limits.head,
      trailerFieldsMax: limits.fields,
    };
    this.statistics = statistics;
    this.#clock = clock;
    const names = new FieldNames(notedFields(options));
    const headLimits = {
      requestLineBytesMax: limits.requestLine,
      headBytesMax: limits.head,
      fieldsMax: limits.fields,
    };
    this.parser = new HeadParser(headLimits, names);
    this.crossdomain = options.crossdomain ? new Crossdomain(names) : undefined;
    this.forwarding = forwardingOf(options, names);
    this.isBodyRecorded = options.body.record;
    this.encoder = new RecordEncoder(isExtended(options) ? extendedRecordOf(options, names) : undefined);
    this.rules = new HeadRules(new Methods(options.methods), options.body.maxBytes);
    this.answers = new Answers(clock.now(), this.rules.methods.allow);
  }

  /** Listens to the channel. @returns the call that ends it. */
  attach(): () => void {
    const ends = [this.channel.onDurable(() => this.onDurable()), this.channel.onRoom(() => this.onRoom())];
    return () => {
      for (const end of ends) end();
    };
  }

  /** Monotonic milliseconds. */
  get nowMs(): number {
    return this.#clock.monotonic();
  }

  /** Begins a read batch: its records carry the time of now. @returns monotonic milliseconds. */
  beginBatch(): number {
    this.encoder.stamp(this.#clock.now());
    return this.#clock.monotonic();
  }

  /** Once a second: the Date field. @returns monotonic milliseconds. */
  tick(): number {
    this.answers.refresh(this.#clock.now());
    return this.#clock.monotonic();
  }

  /** How long a connection may be idle now, in milliseconds. */
  get idleMs(): number {
    const { connections, idleTime, idleTimeCrowded } = this.limits;
    return this.statistics.connections > 0.8 * connections ? Math.min(idleTime, idleTimeCrowded) : idleTime;
  }

  /** What tells the clients of a peer; undefined when that is not trusted to name them. */
  forwardingFor(peer: Buffer): Forwarding | undefined {
    return this.forwarding?.isTrusted(peer) === true ? this.forwarding : undefined;
  }

  /** Takes `bytes` of the memory for unparsed input. @returns false when there is not as much left. */
  holdBytes(bytes: number): boolean {
    if (this.statistics.bufferedBytes + bytes > this.limits.buffered) return false;
    this.statistics.bufferedBytes += bytes;
    return true;
  }

  /** Gives back what {@link holdBytes} took. */
  freeBytes(bytes: number): void {
    this.statistics.bufferedBytes -= bytes;
  }

  /** Calls `waiter.retry` once there may be room. */
  awaitRoom(waiter: RoomWaiter): void {
    this.#awaitRoom.add(waiter);
  }

  /** Calls `waiter.release` whenever the durable watermark has moved. */
  awaitDurability(waiter: DurabilityWaiter): void {
    this.#awaitDurability.add(waiter);
  }

  /** A connection is served by it. */
  joined(): void {
    this.#connections += 1;
  }

  /** A connection is closed, or served by the successor: it waits for nothing here any more. */
  left(waiter: RoomWaiter & DurabilityWaiter): void {
    this.#awaitRoom.delete(waiter);
    this.#awaitDurability.delete(waiter);
    this.#connections -= 1;
    if (this.#connections === 0 && this.successor !== undefined) this.#emptied.resolve();
  }

  /** Settles once a successor has all its connections. */
  emptied(): Promise<void> {
    if (this.#connections === 0 && this.successor !== undefined) this.#emptied.resolve();
    return this.#emptied.promise;
  }

  /** The durable watermark has moved. */
  onDurable(): void {
    for (const waiter of this.#awaitDurability) {
      if (waiter.release()) this.#awaitDurability.delete(waiter);
    }
  }

  /**
   * There may be room. The retry waits until the running batch is over, because a channel may say this in the
   * middle of one.
   */
  onRoom(): void {
    if (this.#isRetrying || this.#awaitRoom.size === 0) return;
    this.#isRetrying = true;
    queueMicrotask(() => {
      this.#isRetrying = false;
      this.#retry();
    });
  }

  /** In the order in which they came; the first that finds no room ends the round. */
  #retry(): void {
    for (const waiter of this.#awaitRoom) {
      if (!waiter.retry()) return;
      this.#awaitRoom.delete(waiter);
    }
  }
}

function extendedRecordOf(options: ResolvedHttpSourceOptions, names: FieldNames): ExtendedRecord {
  return new ExtendedRecord({ names, headers: options.headers, isBodyRecorded: options.body.record });
}

/** Every field that is more than checked, besides those that each record has. */
function notedFields(options: ResolvedHttpSourceOptions): string[] {
  const { headers, trustedProxies, forwardedHeader, forwardedHost, crossdomain } = options;
  const noted = [...headers];
  if (crossdomain) noted.push(...crossdomainFields);
  if (trustedProxies.length > 0) noted.push(forwardedHeader);
  if (trustedProxies.length > 0 && forwardedHost) noted.push(forwardedHostName);
  return noted;
}

function forwardingOf(options: ResolvedHttpSourceOptions, names: FieldNames): Forwarding | undefined {
  const { trustedProxies, forwardedHeader, forwardedHost } = options;
  if (trustedProxies.length === 0) return undefined;
  return new Forwarding({ names, trustedProxies, header: forwardedHeader, isHostTaken: forwardedHost });
}
