import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readWithHadoop, startHdfs, testbedErrors, type Hdfs } from "../src/index.ts";
import { describeHdfs } from "../src/vitest.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const className = "sewer.test.Event";
const source = `package sewer.test;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import org.apache.hadoop.io.BytesWritable;
import org.apache.hadoop.io.Text;
import org.apache.hadoop.io.Writable;

public class Event implements Writable {
    public static final int VERSION = 1;
    private long timestamp;
    private final Text name = new Text();
    private final BytesWritable body = new BytesWritable();
    public void readFields(DataInput in) throws IOException {
        timestamp = in.readLong();
        name.readFields(in);
        body.readFields(in);
    }
    public void write(DataOutput out) throws IOException {
        throw new IOException("not needed");
    }
}
`;

const text = (value: string | Buffer): Buffer => {
  const bytes = Buffer.from(value as string);
  // A VInt of one byte is enough here.
  expect(bytes.length).toBeLessThan(128);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
};

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

const int64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
};

function sequenceFile(keyClass: string, keys: readonly Buffer[]): Buffer {
  const header = [Buffer.from("SEQ\x06"), text(keyClass), text("org.apache.hadoop.io.LongWritable")];
  const marker = Buffer.alloc(16, 7);
  const records = keys.flatMap((key, index) => [
    ...(index % 10 === 0 ? [int32(-1), marker] : []),
    int32(key.length + 8),
    int32(key.length),
    key,
    int64(BigInt(index)),
  ]);
  return Buffer.concat([...header, Buffer.from([0, 0]), int32(0), marker, ...records]);
}

function event(timestamp: bigint, name: string | Buffer, body: Buffer): Buffer {
  return Buffer.concat([int64(timestamp), text(name), int32(body.length), body]);
}

function localFile(content: Buffer): string {
  const path = join(temporaryFolder(), "events.seq");
  writeFileSync(path, content);
  return path;
}

describeHdfs("Hadoop's reader", () => {
  test("gives every field of a class that it has never seen, whatever is in it", async () => {
    const separators = 'a"b\\c\n\r\t\u0000\u001f\u007f\u2028\u2029';
    const keys = [
      event(1n, separators, Buffer.from([0, 255])),
      event(2n ** 53n - 1n, "Grüße 🚀 ﷽", Buffer.alloc(0)),
      event(2n ** 53n, "", Buffer.alloc(0)),
      event(-(2n ** 63n), Buffer.from([0x61, 0xff, 0x62]), Buffer.alloc(0)),
    ];
    const records = await readWithHadoop({
      keySources: [{ className, source }],
      files: [localFile(sequenceFile(className, keys))],
    });
    expect(records).toEqual([
      { key: { timestamp: 1, name: separators, body: "AP8=" }, value: 0 },
      { key: { timestamp: 9007199254740991, name: "Grüße 🚀 ﷽", body: "" }, value: 1 },
      { key: { timestamp: "9007199254740992", name: "", body: "" }, value: 2 },
      { key: { timestamp: "-9223372036854775808", name: "a\ufffdb", body: "" }, value: 3 },
    ]);
  });

  test("gives 30,000 records of two files in their order", async () => {
    const keys = Array.from({ length: 15_000 }, (_, index) => text(`record ${index}`));
    const file = localFile(sequenceFile("org.apache.hadoop.io.Text", keys));
    const records = await readWithHadoop({ files: [file, file] });
    expect(records.length).toBe(30_000);
    expect(records[14_999]).toEqual({ key: "record 14999", value: 14_999 });
    expect(records.slice(15_000)).toEqual(records.slice(0, 15_000));
  });

  test("says what it does not take", async () => {
    const cut = sequenceFile("org.apache.hadoop.io.Text", [text("first"), text("second")]).subarray(0, -3);
    await expect(readWithHadoop({ files: [localFile(cut)] })).rejects.toMatchObject({
      code: testbedErrors.tool,
      message: expect.stringContaining("java.io.EOFException"),
    });
    const keySources = [{ className, source: "class Event { no }" }];
    await expect(readWithHadoop({ keySources, files: [] })).rejects.toMatchObject({
      code: testbedErrors.tool,
      message: expect.stringMatching(/^javac sewer\.test\.Event: exit code 1[^]*Event\.java/),
    });
  });

  describeHdfs("of files in HDFS", () => {
    let hdfs: Hdfs;

    beforeAll(async () => {
      hdfs = await startHdfs();
    });

    afterAll(async () => {
      await hdfs.close();
    });

    test("reads them by path and by URL", async () => {
      const keys = [text("in HDFS")];
      await hdfs.files.write("/out/a.seq", sequenceFile("org.apache.hadoop.io.Text", keys));
      const record = { key: "in HDFS", value: 0 };
      const files = ["/out/a.seq", `${hdfs.fsUri}/out/a.seq`];
      expect(await readWithHadoop({ hdfs, files })).toEqual([record, record]);
    });
  });
});
