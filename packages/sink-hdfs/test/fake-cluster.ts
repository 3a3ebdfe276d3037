import { systemClock, type Clock, type LogFields, type Logger, type Sink } from "@sewer/core";
import { afterEach, beforeEach } from "vitest";
import { batchFor, makeSink, never, records } from "./events.ts";
import { FakeHdfs, sendException, type Intercept } from "./fake-hdfs.ts";

/** Where the sink of {@link fakeCluster} puts its one batch. */
export const path = "/logs/1970-01-01/0000/data-01JDEF0000000000000000ABCD-00000001.seq";

/** More than the buffers of a connection hold. */
export const bigRecords = Array.from({ length: 6000 }, () => records(1)[0]!).map((record) =>
  Buffer.concat([record, Buffer.alloc(1500, "x")]),
);

/** The connection ends without an answer. */
export const lost: Intercept = (_, request) => {
  request.socket.destroy();
  return true;
};

/** An answer as Hadoop gives it. */
export const refuse =
  (exception: string, message: string): Intercept =>
  (_, _request, response) => {
    sendException(response, exception, message);
    return true;
  };

class FakeCluster {
  hdfs!: FakeHdfs;
  sink!: Sink;
  logged: string[] = [];

  readonly #log = (fields: LogFields, message: string): void => {
    const errors = Object.values(fields).filter((field) => field instanceof Error);
    const texts = errors.map((error) => `${error.stack} ${JSON.stringify(error)}`);
    this.logged.push(`${message} ${JSON.stringify(fields)} ${texts.join(" ")}`);
  };

  newSink(limits: Record<string, string | number> = {}, clock: Clock = systemClock): Sink {
    const logger: Logger = { debug: this.#log, info: this.#log, warn: this.#log, error: this.#log };
    const options = {
      namenodes: this.hdfs.namenodes,
      path: "/logs/%{yyyy-MM-dd/HH00}/data",
      blockSize: "1MiB",
      format: { compression: "none" },
      limits,
    } as const;
    return makeSink(options, logger, clock);
  }

  /** Runs `intercept` for the first `times` requests of that kind. */
  faults(at: string, op: string, times: number, intercept: Intercept): void {
    let left = times;
    this.hdfs.intercept = (seen, request, response) => {
      if (!seen.at.startsWith(at) || seen.op !== op || left === 0) return false;
      left--;
      return intercept(seen, request, response);
    };
  }

  /** The receipt, or the error. */
  async deliver(sink = this.sink, batch = batchFor(sink).batch): Promise<unknown> {
    return sink.deliver(batch, never).catch((error: unknown) => error);
  }
}

/** Two NameNodes, a DataNode and a sink for each test of the file; no query may be in what was logged. */
export function fakeCluster(): FakeCluster {
  const cluster = new FakeCluster();
  beforeEach(async () => {
    cluster.logged = [];
    cluster.hdfs = await FakeHdfs.start(2);
    cluster.sink = cluster.newSink();
  });
  afterEach(async () => {
    await cluster.sink.close(never);
    await cluster.hdfs.close();
    const secret = /user\.name|op=CREATE|delegation/.exec(cluster.logged.join("\n"));
    if (secret !== null) throw new Error(`"${secret[0]}" was logged`);
  });
  return cluster;
}
