import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { accessLogEvent, gzipCodec, javaSource, SequenceFileWriter, syncMarkerOf } from "@sewer/writable";
import { expect, test } from "vitest";
import { readWithHadoop } from "../src/index.ts";
import { describeHdfs } from "../src/vitest.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const { className } = accessLogEvent;
const one = Buffer.alloc(8);
one.writeBigInt64BE(1n);

function event(index: number) {
  return {
    timestamp: 1_700_000_000_000 + index,
    ip: "192.0.2.7",
    host: "bücher.example",
    requestPath: `/pixel/${index}`,
    queryString: index % 3 === 0 ? null : `q=${"x".repeat(index % 200)}`,
    referer: index % 2 === 0 ? "" : null,
    userAgent: 'Mozilla/5.0 "🚀"\t\\',
    cookies: null,
  };
}

describeHdfs("Hadoop's reader of what @sewer/writable writes", () => {
  test.each([
    { compression: "none" as const },
    { compression: "block" as const, codec: gzipCodec(), blockBytes: 100_000 },
  ])("gives 20,000 events back, compression $compression", async (options) => {
    const syncMarker = syncMarkerOf("01J00000000000000000000000-00000001");
    const valueClass = "org.apache.hadoop.io.LongWritable";
    const writer = new SequenceFileWriter({ keyClass: className, valueClass, syncMarker, ...options });
    const events = Array.from({ length: 20_000 }, (_, index) => event(index));
    const pieces: Buffer[] = [];
    for (const input of events) {
      if (writer.append(accessLogEvent.encode(input), one)) pieces.push(await writer.flush());
    }
    const file = join(temporaryFolder(), "events.seq");
    writeFileSync(file, Buffer.concat([...pieces, await writer.finish()]));
    const keySources = [{ className, source: javaSource(accessLogEvent) }];
    const records = await readWithHadoop({ keySources, files: [file] });
    expect(records).toEqual(
      events.map(({ queryString, ...rest }) => ({
        key: { ...rest, queryString: queryString ?? "", referer: "", cookies: "" },
        value: 1,
      })),
    );
  });
});
