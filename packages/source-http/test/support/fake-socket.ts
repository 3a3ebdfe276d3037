import type { Socket } from "node:net";
import { ManualClock } from "@sewer/testkit";
import { Connection } from "../../src/connection.ts";
import { Engine } from "../../src/engine.ts";
import { HttpStatistics } from "../../src/http-statistics.ts";
import { httpSourceOptions, type HttpSourceOptions } from "../../src/options.ts";
import { MemoryChannel } from "./memory-channel.ts";

/** The part of a socket that a connection uses, in memory, so that a test decides where input is cut. */
export class FakeSocket {
  written = "";
  writes = 0;
  isEnded = false;
  isDestroyed = false;
  isPaused = false;
  writableFinished = false;
  acceptsMore = true;
  #corked = 0;

  write(bytes: Buffer): boolean {
    this.written += bytes.toString("latin1");
    if (this.#corked === 0) this.writes += 1;
    return this.acceptsMore;
  }

  cork(): void {
    this.#corked += 1;
  }

  uncork(): void {
    this.#corked -= 1;
    if (this.#corked === 0) this.writes += 1;
  }

  end(): void {
    this.isEnded = true;
    this.writableFinished = this.acceptsMore;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  destroy(): void {
    this.isDestroyed = true;
  }

  get statuses(): number[] {
    return [...this.written.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map((match) => Number(match[1]));
  }
}

/** A connection over a {@link FakeSocket}. */
export function fakeConnection(
  limits: HttpSourceOptions["limits"] = {},
  options: Partial<HttpSourceOptions> = {},
): {
  readonly socket: FakeSocket;
  readonly channel: MemoryChannel;
  readonly connection: Connection;
  readonly statistics: HttpStatistics;
  readonly clock: ManualClock;
  readonly engine: Engine;
} {
  const clock = new ManualClock();
  const channel = new MemoryChannel();
  const statistics = new HttpStatistics(0);
  const resolved = httpSourceOptions.parse({ type: "http", limits, ...options });
  const engine = new Engine({ channel, clock, statistics, options: resolved, connections: 100 });
  engine.attach();
  const socket = new FakeSocket();
  const connection = new Connection(socket as unknown as Socket, engine, Buffer.from("192.0.2.7"));
  return { socket, channel, connection, statistics, clock, engine };
}
