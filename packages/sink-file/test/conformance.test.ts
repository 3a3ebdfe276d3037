import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { noMetrics, silentLogger, systemClock, systemRandom } from "@sewer/core";
import { FaultFileSystem } from "@sewer/testkit";
import { describeSinkConformance, type SinkUnderTest } from "@sewer/testkit/vitest";
import { accessLogEvent, openSequenceFile } from "@sewer/writable";
import { fileSink, fileSinkOptions } from "../src/index.ts";

async function setUp(): Promise<SinkUnderTest> {
  const dir = await mkdtemp(join(tmpdir(), "sewer-sink-file-"));
  const fs = new FaultFileSystem();
  let isReached = false;

  async function files(): Promise<string[]> {
    const entries = await readdir(dir, { recursive: true, withFileTypes: true });
    const paths = entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));
    return paths.sort();
  }

  async function textsOf(path: string): Promise<string[]> {
    const texts: string[] = [];
    for await (const { key } of await openSequenceFile(await readFile(path))) texts.push(key.toString("hex"));
    return texts;
  }

  return {
    create: () =>
      fileSink.create(fileSinkOptions.parse({ type: "file", path: "out/%{yyyy-MM-dd/HH00}/data" }), {
        flow: "pixel",
        name: "main",
        hostname: "h1.example",
        baseDir: dir,
        clock: systemClock,
        random: systemRandom,
        fs,
        logger: silentLogger,
        metrics: noMetrics,
      }),
    visible: async () => {
      const visible = (await files()).filter((path) => !basename(path).startsWith("."));
      return Promise.all(visible.map(textsOf));
    },
    leftOvers: async () => (await files()).filter((path) => basename(path).startsWith(".")),
    failCall: (call) => {
      const first = fs.calls.length + call;
      isReached = false;
      fs.judge = (_operation, _path, number) => {
        if (number !== first) return undefined;
        isReached = true;
        return { code: "EIO" };
      };
      return () => isReached;
    },
    close: () => rm(dir, { recursive: true }),
  };
}

describeSinkConformance("the file sink", {
  schema: { name: "access-log", fields: [...accessLogEvent.fields] },
  records: (count) =>
    Array.from({ length: count }, (_, i) =>
      accessLogEvent.encodeRecord({
        timestamp: 1_700_000_000_000 + i,
        ip: "127.0.0.1",
        host: "",
        requestPath: `/${i}`,
        queryString: null,
        referer: null,
        userAgent: null,
        cookies: null,
      }),
    ),
  // The key is the record without its null flags.
  textOf: (record) => Buffer.from(record).subarray(1).toString("hex"),
  setUp,
});
