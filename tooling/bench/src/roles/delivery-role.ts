/** A flow of HTTP source, spool and HDFS: `delivery-role.ts DIR ROLL-EVERY-MS TARGET`, the target as JSON. */
import { Flow } from "@sewer/flow";
import { retryOptions } from "@sewer/retry";
import { hdfsSink } from "@sewer/sink-hdfs";
import { HttpSource, httpSourceOptions } from "@sewer/source-http";
import { spoolOptions } from "@sewer/spool";
import { answerAsks } from "../answer-asks.ts";
import { awaitDelivered } from "../await-delivered.ts";
import { cpuTime } from "../cpu-time.ts";
import { contextOf, sinkOptionsOf, surroundings, type HdfsTarget } from "../hdfs-target.ts";
import { names } from "../spool-files.ts";

const [dir = "", rollEveryMs = "", target = ""] = process.argv.slice(2);
const source = new HttpSource(
  httpSourceOptions.parse({ type: "http", host: "127.0.0.1", port: 0 }),
  contextOf("source", dir),
);
const sink = hdfsSink.create(sinkOptionsOf(JSON.parse(target) as HdfsTarget), contextOf(names.sink, dir));
const flow = new Flow({
  name: names.flow,
  source,
  sinks: new Map([[names.sink, sink]]),
  spool: spoolOptions.parse({ minFree: 0, roll: { every: Number(rollEveryMs) } }),
  spoolDir: dir,
  // Soon there again after an outage.
  retry: retryOptions.parse({ base: "200ms", cap: "1s" }),
  host: "localhost",
  ...surroundings,
});
await flow.open();

answerAsks(
  {
    url: async () => source.addresses.pixel,
    usage: async () => ({ ...cpuTime(), records: source.statistics.records }),
    /** Waits until every event that was taken is on HDFS. */
    settle: () => awaitDelivered(() => flow.status().delivery.sinks[0], source.statistics.records),
    backlog: async () => source.statistics.records - (flow.status().delivery.sinks[0]?.deliveredRecords ?? 0),
  },
  () => flow.close({ graceMs: 0, deliverMs: 0 }),
);
