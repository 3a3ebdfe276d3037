import { createServer, type Server, type Socket } from "node:net";
import type { ComponentContext, SewerError } from "@sewer/core";
import { clientAddress } from "./client-address.ts";
import { Connection } from "./connection.ts";
import type { Engine } from "./engine.ts";
import { healthAnswer, type HealthCheck } from "./health.ts";
import { httpSamples } from "./http-metrics.ts";
import { closeServer, listen } from "./listen.ts";
import type { ResolvedHttpSourceOptions } from "./options.ts";
import { PeerConnections } from "./peer-connections.ts";
import { RefusalSummary } from "./refusal-summary.ts";
import type { SharedReads } from "./shared-reads.ts";
import { createStatusServer } from "./status-listener.ts";

const tickMs = 1000;
/** After this, a connection that was never free of what began before a change of options ends with its next answer. */
const formerForMs = 10_000;
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

/** What both ports are bound by; a change of it needs them to be closed. */
export type PortOptions = Pick<
  ResolvedHttpSourceOptions,
  "host" | "port" | "statusPort" | "processes" | "reusePort" | "readPath"
>;

/** An engine that no new request is served by. */
interface FormerEngine {
  readonly engine: Engine;
  readonly sinceMs: number;
  readonly detach: () => void;
}

/**
 * The pixel port with its connections, and the status port. They outlive a source whose options change: then its
 * successor's engine serves what begins.
 */
export class Ports {
  readonly #context: ComponentContext;
  readonly #connections = new Set<Connection>();
  readonly #formers = new Set<FormerEngine>();
  /** Undefined without a limit of one address. */
  #peers: PeerConnections | undefined;
  /** What must be undone at the end. */
  readonly #cleanups: (() => void)[] = [];
  /** Set when sockets read into one buffer, undefined when each read has its own. */
  readonly #sharedReads: SharedReads | undefined;
  #engine: Engine;
  #detach: () => void;
  #addresses: HttpSourceAddresses | undefined;
  readonly #pixelServer: Server;
  readonly #statusServer: ReturnType<typeof createStatusServer>;
  #closed: Promise<void> | undefined;
  #cancelTick = (): void => {};
  #onAllClosed = (): void => {};
  #hasLoggedAcceptError = false;

  /** @param sharedReads undefined reads sockets through the public stream. */
  constructor(engine: Engine, context: ComponentContext, sharedReads: SharedReads | undefined) {
    this.#engine = engine;
    this.#context = context;
    this.#sharedReads = sharedReads;
    this.#detach = engine.attach();
    this.#peers = peersOf(engine);
    this.#pixelServer = this.#createPixelServer();
    this.#statusServer = createStatusServer((target) => {
      return healthAnswer(target, { checks: this.health, isDraining: this.#engine.isClosing });
    });
  }

  /** What serves requests that begin now. */
  get engine(): Engine {
    return this.#engine;
  }

  /** The URLs; undefined until both are bound. */
  get addresses(): HttpSourceAddresses | undefined {
    return this.#addresses;
  }

  /** How sockets are read: into one buffer for all, or through the public stream. */
  get readPath(): "onread" | "stream" {
    return this.#sharedReads === undefined ? "stream" : "onread";
  }

  /**
   * Listens on both ports.
   *
   * @throws SewerError with one of the codes of `httpSourceErrors`; nothing is left open then.
   */
  async open({ host, port, statusPort, processes, reusePort: mayReuse }: PortOptions): Promise<void> {
    const { clock, logger, metrics, flow } = this.#context;
    const { statistics } = this.#engine;
    this.#cleanups.push(metrics.register(() => httpSamples(statistics, flow)));
    try {
      // The pixel port comes last: no event is taken by a source that then fails to open.
      const reusePort = processes !== 1 && mayReuse;
      const status = await listen(this.#statusServer, {
        host,
        port: statusPort,
        key: "statusPort",
        reusePort,
      });
      const pixel = await listen(this.#pixelServer, { host, port, key: "port", reusePort });
      this.#addresses = { pixel, status };
    } catch (error) {
      await this.close(0);
      throw error as SewerError;
    }
    const countAcceptError = (error: Error): void => this.#acceptFailed(error);
    this.#pixelServer.on("error", countAcceptError);
    this.#statusServer.on("error", countAcceptError);
    const summary = new RefusalSummary(statistics, logger, clock.monotonic());
    this.#cleanups.push(() => summary.tell(clock.monotonic()));
    this.#scheduleTick(summary);
    const { connections } = this.#engine.limits;
    logger.info({ ...this.#addresses, connections, readPath: this.readPath }, "the HTTP source is listening");
  }

  /** What has to be well for requests to be served and recorded now. */
  get health(): readonly HealthCheck[] {
    const isListening = this.#addresses !== undefined;
    const isDraining = this.#engine.isClosing;
    const isFull = isListening && this.#engine.channel.isFull;
    return [
      { name: "listening", failure: isListening ? undefined : "the ports are not bound yet" },
      { name: "serving", failure: isDraining ? "it is stopping" : undefined },
      { name: "spool", failure: isFull ? "it takes no events: /status and the log say why" : undefined },
    ];
  }

  /**
   * Has every connection go on with another engine: at once where nothing is under way, else as soon as what
   * has begun is answered.
   *
   * @returns settles when no connection is left with the engine that was before.
   */
  async moveTo(engine: Engine): Promise<void> {
    const former = { engine: this.#engine, sinceMs: engine.nowMs, detach: this.#detach };
    this.#formers.add(former);
    this.#engine = engine;
    this.#detach = engine.attach();
    this.#pixelServer.maxConnections = engine.limits.connections;
    this.#peers = peersOf(engine, this.#connections);
    for (const one of this.#formers) one.engine.successor = engine;
    for (const connection of this.#connections) connection.moveOn();
    await former.engine.emptied();
    former.detach();
    this.#formers.delete(former);
  }

  /** See {@link HttpSource.drain}. */
  drain(): void {
    this.#engine.isClosing = true;
    for (const { engine } of this.#formers) engine.isClosing = true;
  }

  /** See {@link HttpSource.close}. */
  close(graceMs: number): Promise<void> {
    this.#closed ??= this.#close(graceMs);
    return this.#closed;
  }

  async #close(graceMs: number): Promise<void> {
    this.drain();
    const ended = Promise.all([closeServer(this.#pixelServer), closeServer(this.#statusServer)]);
    this.#statusServer.closeAllConnections();
    const cancelLimit = this.#context.clock.schedule(graceMs, () => {
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
    this.#detach();
    for (const cleanup of this.#cleanups) cleanup();
  }

  /** A server may be closed a moment before its sockets say so. */
  async #allClosed(): Promise<void> {
    if (this.#connections.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onAllClosed = resolve;
    });
  }

  #createPixelServer(): Server {
    const pauseOnConnect = this.#sharedReads !== undefined;
    const server = createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect }, (socket) =>
      this.#accept(socket, this.#engine),
    );
    server.maxConnections = this.#engine.limits.connections;
    server.on("drop", () => {
      this.#engine.statistics.connectionsRefused += 1;
    });
    return server;
  }

  #accept(accepted: Socket, engine: Engine): void {
    const { statistics } = engine;
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
  #scheduleTick(summary: RefusalSummary): void {
    this.#cancelTick = this.#context.clock.schedule(tickMs, () => {
      this.#scheduleTick(summary);
      this.#hasLoggedAcceptError = false;
      const nowMs = this.#engine.tick();
      for (const { engine, sinceMs } of this.#formers) {
        engine.tick();
        if (nowMs - sinceMs >= formerForMs) engine.isClosing = true;
      }
      summary.tick(nowMs);
      for (const connection of this.#connections) connection.tick(nowMs);
    });
  }

  /** Logged at most once a second: under load it comes with every connection. */
  #acceptFailed(error: Error): void {
    this.#engine.statistics.acceptErrors += 1;
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

/** Counts the connections of each address, when there is a limit of one. */
function peersOf(engine: Engine, connections: Iterable<Connection> = []): PeerConnections | undefined {
  const { connectionsPerAddress } = engine.limits;
  if (connectionsPerAddress === undefined) return undefined;
  const peers = new PeerConnections(connectionsPerAddress);
  for (const { peer } of connections) if (peer !== undefined) peers.add(peer);
  return peers;
}
