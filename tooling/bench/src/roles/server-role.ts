/** The HTTP source in front of nothing or of a spool: `server-role.ts none|interval|group DIR`. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { noMetrics, silentLogger, systemClock, systemRandom } from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";
import { HttpSource, httpSourceOptions } from "@sewer/source-http";
import { openSpool } from "@sewer/spool";
import { answerAsks } from "../answer-asks.ts";
import { cpuTime } from "../cpu-time.ts";
import { NullChannel } from "../null-channel.ts";
import { names, sealedBelow, writerOptions } from "../spool-files.ts";

const [variant = "", dir = ""] = process.argv.slice(2);
const spoolDir = join(dir, variant);
const spool =
  variant === "interval" || variant === "group"
    ? await openSpool(writerOptions(spoolDir, variant))
    : undefined;
const nothing = new NullChannel();
const source = new HttpSource(httpSourceOptions.parse({ type: "http", host: "127.0.0.1", port: 0 }), {
  flow: names.flow,
  name: "source",
  hostname: "localhost",
  baseDir: dir,
  clock: systemClock,
  random: systemRandom,
  fs: nodeFileSystem,
  logger: silentLogger,
  metrics: noMetrics,
});
await source.open(spool ?? nothing);

answerAsks(
  {
    url: async () => source.addresses.pixel,
    usage: async () => ({
      ...cpuTime(),
      records: source.statistics.records,
      bytes: spool?.statistics.bytesAppended ?? nothing.bytes,
    }),
    // So that a long run does not fill the disk.
    trim: async () => {
      await spool?.roll();
      const { paths } = spool === undefined ? { paths: [] } : await sealedBelow(spoolDir);
      for (const path of paths) await rm(path);
    },
  },
  async () => {
    await source.close(0);
    await spool?.close();
  },
);
