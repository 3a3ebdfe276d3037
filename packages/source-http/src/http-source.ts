import { strict as assert } from "node:assert";
import { createServer, type Server, type Socket } from "node:net";
import type {
  Channel,
  ComponentContext,
  RecordSchema,
  SewerError,
  Source,
  SourceDefinition,
} from "@sewer/core";
import { accessLogEvent, extendedAccessLogEvent } from "@sewer/writable";
import { clientAddress } from "./client-address.ts";
import { connectionsMaxOf } from "./connection-limit.ts";
import { Connection } from "./connection.ts";
import { Engine } from "./engine.ts";
import { healthAnswer, type HealthCheck } from "./health.ts";
import { httpSamples } from "./http-metrics.ts";
import { HttpStatistics } from "./http-statistics.ts";
import { closeServer, listen } from "./listen.ts";
import { httpSourceOptions, isExtended, type ResolvedHttpSourceOptions } from "./options.ts";
import { PeerConnections } from "./peer-connections.ts";
import { RefusalSummary } from "./refusal-summary.ts";
import { canShareReads, SharedReads } from "./shared-reads.ts";
import { createStatusServer } from "./status-listener.ts";

const tickMs = 1000;
const connectionKey = Symbol("connection");

/** A socket and what serves it: one field instead of five closures for each connection. */
interface PixelSocket extends Socket {
  [connectionKey]?: Connection;
}

/** The URLs that a source listens on. */
export interface HttpSourceAddresses {
  readonly pixel: string;
  readonly status: string;
}

/**
 * The pixel endpoint: every request of one of the `methods` becomes one record of the channel and is answered
 * 204 once that record is as durable as the channel promises.
 */
export class HttpSource implements Source {
  /** `access-log`, or with `headers` or `body.record` `access-log-extended`. */
  readonly schema: RecordSchema;
  /** The counters. */
  readonly statistics: HttpStatistics;
  readonly #options: ResolvedHttpSourceOptions;
  readonly #context: ComponentContext;
  readonly #connections = new Set<Connection>();
  /** Undefined without a limit of one address. */
  readonly #peers: PeerConnections | undefined;
  /** What must be undone at the end. */
  readonly #cleanups: (() => void)[] = [];
  /** Set when sockets read into one buffer, undefined when each read has its own. */
  #sharedReads: SharedReads | undefined;
  #addresses: HttpSourceAddresses | undefined;
  #engine: Engine | undefined;
  #pixelServer: Server | undefined;
  #statusServer: ReturnType<typeof createStatusServer> | undefined;
  #closed: Promise<void> | undefined;
  #cancelTick = (): void => {};
  #onAllClosed = (): void => {};
  #hasLoggedAcceptError = false;

  constructor(options: ResolvedHttpSourceOptions, context: ComponentContext) {
    this.#options = options;
    const { connectionsPerAddress } = options.limits;
    this.#peers =
      connectionsPerAddress === undefined ? undefined : new PeerConnections(connectionsPerAddress);
    this.#context = context;
    const { name, fields } = isExtended(options) ? extendedAccessLogEvent : accessLogEvent;
    this.schema = { name, fields };
    this.statistics = new HttpStatistics(context.clock.monotonic());
  }

  /** The URLs, once {@link open} has settled. */
  get addresses(): HttpSourceAddresses {
    assert(this.#addresses !== undefined, "the source is not open");
    return this.#addresses;
  }

  /** How sockets are read: into one buffer for all, or through the public stream. Known once it is open. */
  get readPath(): "onread" | "stream" {
    return this.#sharedReads === undefined ? "stream" : "onread";
  }

  /**
   * Listens on both ports.
   *
   * @throws SewerError with one of the codes of `httpSourceErrors`; nothing is left open then.
   */
  async open(channel: Channel): Promise<void> {
    assert(this.#engine === undefined, "a source is opened once");
    const { clock, fs, logger, metrics, flow } = this.#context;
    const { host, port, statusPort, limits, readPath, processes } = this.#options;
    const connections = limits.connections ?? (await connectionsMaxOf(fs));
    if (readPath === "auto" && (await canShareReads(clock))) this.#sharedReads = new SharedReads();
    const { statistics } = this;
    const engine = new Engine({ channel, clock, options: this.#options, connections, statistics });
    this.#engine = engine;
    const pixelServer = this.#createPixelServer(engine);
    const statusServer = createStatusServer((target) => {
      return healthAnswer(target, { checks: this.health, isDraining: engine.isClosing });
    });
    this.#pixelServer = pixelServer;
    this.#statusServer = statusServer;
    this.#cleanups.push(
      channel.onDurable(() => engine.onDurable()),
      channel.onRoom(() => engine.onRoom()),
      metrics.register(() => httpSamples(statistics, flow)),
    );
    try {
      // The pixel port comes last: no event is taken by a source that then fails to open.
      const reusePort = processes !== 1 && this.#options.reusePort;
      const status = await listen(statusServer, { host, port: statusPort, key: "statusPort", reusePort });
      const pixel = await listen(pixelServer, { host, port, key: "port", reusePort });
      this.#addresses = { pixel, status };
    } catch (error) {
      await this.close(0);
      throw error as SewerError;
    }
    const countAcceptError = (error: Error): void => this.#acceptFailed(error);
    pixelServer.on("error", countAcceptError);
    statusServer.on("error", countAcceptError);
    const summary = new RefusalSummary(statistics, logger, clock.monotonic());
    this.#cleanups.push(() => summary.tell(clock.monotonic()));
    this.#scheduleTick(engine, summary);
    logger.info({ ...this.#addresses, connections, readPath: this.readPath }, "the HTTP source is listening");
  }

  /** What has to be well for requests to be served and recorded now. */
  get health(): readonly HealthCheck[] {
    const engine = this.#engine;
    const isListening = this.#addresses !== undefined && engine !== undefined;
    const isDraining = engine?.isClosing === true;
    const isFull = isListening && engine.channel.isFull;
    return [
      { name: "listening", failure: isListening ? undefined : "the ports are not bound yet" },
      { name: "serving", failure: isDraining ? "it is stopping" : undefined },
      { name: "spool", failure: isFull ? "it takes no events: /status and the log say why" : undefined },
    ];
  }

  /**
   * Begins to say goodbye: requests are served on, every answer closes its connection, and the status port
   * answers 503, so that load balancers look elsewhere before {@link close} is called.
   */
  drain(): void {
    if (this.#engine !== undefined) this.#engine.isClosing = true;
  }

  close(graceMs: number): Promise<void> {
    this.#closed ??= this.#close(graceMs);
    return this.#closed;
  }

  async #close(graceMs: number): Promise<void> {
    const { clock } = this.#context;
    const engine = this.#engine;
    const pixelServer = this.#pixelServer;
    const statusServer = this.#statusServer;
    if (engine === undefined || pixelServer === undefined || statusServer === undefined) return;
    engine.isClosing = true;
    const ended = Promise.all([closeServer(pixelServer), closeServer(statusServer)]);
    statusServer.closeAllConnections();
    const cancelLimit = clock.schedule(graceMs, () => {
      for (const connection of this.#connections) connection.destroy();
    });
    // Two turns of the event loop read what the kernel has already: those requests are still served.
    setImmediate(() =>
      setImmediate(() => {
        for (const connection of this.#connections) connection.finish();
      }),
    );
    await ended;
    await this.#allClosed();
    cancelLimit();
    this.#cancelTick();
    for (const cleanup of this.#cleanups) cleanup();
  }

  /** A server may be closed a moment before its sockets say so. */
  async #allClosed(): Promise<void> {
    if (this.#connections.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onAllClosed = resolve;
    });
  }

  #createPixelServer(engine: Engine): Server {
    const pauseOnConnect = this.#sharedReads !== undefined;
    const server = createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect }, (socket) =>
      this.#accept(socket, engine),
    );
    server.maxConnections = engine.limits.connections;
    server.on("drop", () => {
      this.statistics.connectionsRefused += 1;
    });
    return server;
  }

  #accept(accepted: Socket, engine: Engine): void {
    const { statistics } = this;
    // An adopted socket is none of the server's, so its limit does not hold them.
    if (statistics.connections >= engine.limits.connections) {
      statistics.connectionsRefused += 1;
      accepted.destroy();
      return;
    }
    // Read before the socket is adopted, which leaves this one empty.
    const peer = accepted.remoteAddress;
    if (peer !== undefined && this.#peers?.opened(peer) === false) {
      statistics.connectionsRefused += 1;
      accepted.destroy();
      return;
    }
    statistics.connectionsOpened += 1;
    const socket: PixelSocket = this.#sharedReads?.adopt(accepted, onRead) ?? accepted;
    socket.on("error", () => {
      statistics.connectionErrors += 1;
    });
    const address = clientAddress(peer);
    if (peer === undefined || address === undefined) {
      // Gone between the connect and the accept.
      socket.destroy();
      return;
    }
    const connection = new Connection(socket, engine, address);
    statistics.connections += 1;
    this.#connections.add(connection);
    socket[connectionKey] = connection;
    if (this.#sharedReads === undefined) socket.on("data", onData);
    socket.on("end", onEnd);
    socket.on("drain", onDrain);
    socket.on("close", () => {
      statistics.connections -= 1;
      this.#connections.delete(connection);
      this.#peers?.closed(peer);
      connection.closed();
      if (this.#connections.size === 0) this.#onAllClosed();
    });
  }

  /** One timer for all connections, whatever they wait for. */
  #scheduleTick(engine: Engine, summary: RefusalSummary): void {
    this.#cancelTick = this.#context.clock.schedule(tickMs, () => {
      this.#scheduleTick(engine, summary);
      this.#hasLoggedAcceptError = false;
      const nowMs = engine.tick();
      summary.tick(nowMs);
      for (const connection of this.#connections) connection.tick(nowMs);
    });
  }

  /** Logged at most once a second: under load it comes with every connection. */
  #acceptFailed(error: Error): void {
    this.statistics.acceptErrors += 1;
    if (this.#hasLoggedAcceptError) return;
    this.#hasLoggedAcceptError = true;
    this.#context.logger.warn(
      { error: error.message },
      "connections cannot be accepted; further ones are tried",
    );
  }
}

function onData(this: PixelSocket, chunk: Buffer): void {
  this[connectionKey]?.read(chunk, chunk.length);
}

/** Always goes on: a connection that must not be read any more pauses its socket. */
function onRead(this: PixelSocket, length: number, buffer: Uint8Array): boolean {
  this[connectionKey]?.read(buffer as Buffer, length);
  return true;
}

function onEnd(this: PixelSocket): void {
  this[connectionKey]?.readEnded();
}

function onDrain(this: PixelSocket): void {
  this[connectionKey]?.drained();
}

/** How a flow finds this source: `type: http`. */
export const httpSource: SourceDefinition<ResolvedHttpSourceOptions> = {
  kind: "source",
  type: "http",
  options: httpSourceOptions,
  create: (options, context) => new HttpSource(options, context),
};
