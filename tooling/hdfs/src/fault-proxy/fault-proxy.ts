import assert from "node:assert";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { systemClock, type Clock } from "@sewer/core";
import { freePorts } from "../ports.ts";
import { ArmedFault, type Ending, type Fault } from "./fault.ts";
import { Link } from "./link.ts";
import type { RequestMatch, SeenRequest } from "../request-match.ts";

/** What {@link FaultProxy.start} takes besides the server. */
export interface FaultProxyOptions {
  /** Decides about `delay` and `throttle`. @default the machine's own */
  readonly clock?: Clock;
  /** More connections at a time than these are reset. @default 256 */
  readonly connectionsMax?: number;
}

/** So many requests are remembered, the latest. */
const seenMax = 10_000;

/**
 * Stands on loopback before the HTTP server of a NameNode or DataNode and does what a network and a dying server
 * do. Without a fault it passes every byte on as it is.
 */
export class FaultProxy {
  readonly port: number;
  /** Its own URL, to be used in place of the server's. */
  readonly url: string;
  /** `host:port` of {@link url}. */
  readonly address: string;
  /** The requests that came, in their order: the latest 10,000. */
  readonly seen: SeenRequest[] = [];
  readonly #targetPort: number;
  readonly #clock: Clock;
  readonly #connectionsMax: number;
  readonly #faults: ArmedFault[] = [];
  readonly #links = new Set<Link>();
  #server: Server | undefined;

  private constructor(port: number, targetPort: number, options: FaultProxyOptions) {
    this.port = port;
    this.address = `127.0.0.1:${port}`;
    this.url = `http://${this.address}`;
    this.#targetPort = targetPort;
    this.#clock = options.clock ?? systemClock;
    this.#connectionsMax = options.connectionsMax ?? 256;
  }

  /** Starts one before `target`, a URL on 127.0.0.1 such as `hdfs.namenodeUrl`. */
  static async start(target: string, options: FaultProxyOptions = {}): Promise<FaultProxy> {
    const { hostname, port: targetPort } = new URL(target);
    assert(hostname === "127.0.0.1" || hostname === "localhost", `${target} is not on this machine`);
    const [port] = (await freePorts(1)) as [number];
    const proxy = new FaultProxy(port, Number(targetPort), options);
    await proxy.accept();
    return proxy;
  }

  /**
   * Arms a fault for the requests that fit. Of several that fit, the one armed first strikes; each counts the
   * requests it was asked about, so not those that an earlier one took.
   */
  on(match: RequestMatch, fault: Fault): ArmedFault {
    const armed = new ArmedFault(match, fault);
    this.#faults.push(armed);
    return armed;
  }

  /** Refuses new connections (ECONNREFUSED) until {@link accept}; those that are open stay. */
  async refuse(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    // "close" comes when the last connection ends; the port is given up at once.
    server.close();
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Takes connections, again after {@link refuse}. */
  async accept(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => void this.#link(client));
    this.#server = server;
    server.listen(this.port, "127.0.0.1");
    await once(server, "listening");
  }

  /** Ends every connection that is open. */
  cutAll(how: Ending): void {
    for (const link of this.#links) link.end(how);
  }

  /** Drops all faults; what is held goes on. */
  clear(): void {
    for (const fault of this.#faults.splice(0)) fault.release();
  }

  /** Ends every connection and stops. */
  async close(): Promise<void> {
    await this.refuse();
    for (const link of this.#links) link.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #link(client: Socket): Promise<void> {
    if (this.#links.size >= this.#connectionsMax) return void client.resetAndDestroy();
    const link = new Link(client, {
      targetPort: this.#targetPort,
      clock: this.#clock,
      choose: (request) => this.#choose(request),
    });
    this.#links.add(link);
    await link.run();
    this.#links.delete(link);
  }

  #choose(request: SeenRequest): ArmedFault | undefined {
    this.seen.push(request);
    if (this.seen.length > seenMax) this.seen.shift();
    return this.#faults.find((fault) => fault.takes(request));
  }
}
