import { basename } from "node:path/posix";
import type { Sink } from "@sewer/core";
import { describeSinkConformance, type SinkUnderTest } from "@sewer/testkit/vitest";
import { keysOf, makeSink, never, records, schema } from "./events.ts";
import { FakeHdfs } from "./fake-hdfs.ts";

async function setUp(): Promise<SinkUnderTest> {
  const hdfs = await FakeHdfs.start(1);
  const sinks: Sink[] = [];
  const isTemporary = (path: string): boolean => basename(path).startsWith(".");
  return {
    create: () => {
      const sink = makeSink({
        namenodes: hdfs.namenodes,
        path: "/logs/data",
        format: { compression: "none" },
      });
      sinks.push(sink);
      return sink;
    },
    visible: async () => {
      const paths = [...hdfs.files.keys()].filter((path) => !isTemporary(path)).sort();
      const contents = paths.map((path) => keysOf(hdfs.files.get(path)!.bytes));
      return (await Promise.all(contents)).map((keys) => keys.map((key) => key.toString("hex")));
    },
    leftOvers: async () => [...hdfs.files.keys()].filter(isTemporary),
    failCall: (call) => {
      let left = call;
      hdfs.intercept = (_, request) => {
        if (--left !== 0) return false;
        request.socket.destroy();
        return true;
      };
      return () => left <= 0;
    },
    close: async () => {
      for (const sink of sinks) await sink.close(never);
      await hdfs.close();
    },
  };
}

describeSinkConformance("the HDFS sink", {
  schema,
  records,
  // The key is the record without its null flags.
  textOf: (record) => Buffer.from(record).subarray(1).toString("hex"),
  setUp,
});
