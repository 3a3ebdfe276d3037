import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openSequenceFile } from "@sewer/writable";
import { expect, test } from "vitest";
import { freePorts, RunningSewer, runSewer } from "../support/run-sewer.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { eventKey, type ExpectedEvent } from "./events.ts";
import { sendLoad } from "./load-client.ts";

const directory = temporaryDirectory();
const hadoopCodecs = "org.apache.hadoop.io.compress.";

/** A flow for each thing that `format` can say, and what the file is then. */
const formats: readonly { format: string; file: RegExp; compression?: string; codec?: string }[] = [
  { format: "{ type: json, compression: none }", file: /\.jsonl$/ },
  { format: "{ type: json, compression: gzip }", file: /\.jsonl\.gz$/ },
  { format: "{ type: json, compression: zstd }", file: /\.jsonl\.zst$/ },
  { format: "{ compression: none }", file: /\.seq$/, compression: "none" },
  { format: "{ schema: sewer-0.5 }", file: /\.seq$/, compression: "block", codec: "GzipCodec" },
  ...Object.entries({
    deflate: "DefaultCodec",
    gzip: "GzipCodec",
    bzip2: "BZip2Codec",
    snappy: "SnappyCodec",
    lz4: "Lz4Codec",
    zstd: "ZStandardCodec",
  }).flatMap(([codec, className]) =>
    ["record", "block"].map((compression) => ({
      format: `{ compression: ${compression}, codec: ${codec} }`,
      file: /\.seq$/,
      compression,
      codec: className,
    })),
  ),
];

/** The only file of a directory. */
function onlyFile(folder: string): string {
  const names = readdirSync(folder);
  expect(names).toHaveLength(1);
  return join(folder, names[0]!);
}

/** What a line of `sewer cat` says of an event; null has become "", as in a SequenceFile. */
function keyOfLine(line: string): string {
  return eventKey(JSON.parse(line, (_, value: unknown) => value ?? "") as ExpectedEvent);
}

test("every format of a flow is delivered, and sewer cat reads it back", async () => {
  const cwd = directory();
  const ports = await freePorts(formats.length * 2);
  const flows = formats.map(({ format }, index) => {
    mkdirSync(join(cwd, `f${index}`));
    return `
  f${index}:
    source: { type: http, host: 127.0.0.1, port: ${ports[index * 2]!}, statusPort: ${ports[index * 2 + 1]!} }
    spool: { dir: spool-${index}, roll: { every: 10m }, durability: interval, fsyncInterval: 1s }
    sink: { type: file, path: 'f${index}/data-%{host}', format: ${format} }`;
  });
  writeFileSync(join(cwd, "sewer.yaml"), `admin: false\nflows:${flows.join("")}\n`);

  const sewer = new RunningSewer(["start"], { cwd });
  await sewer.listening();
  const sent: (readonly string[])[] = [];
  for (const index of formats.keys()) {
    const load = await sendLoad({ port: ports[index * 2]!, requests: 20, connections: 1 });
    expect(load.acknowledged).toHaveLength(20);
    sent.push(load.acknowledged);
  }
  const end = await sewer.stop();
  expect(end.code, end.stderr).toBe(0);

  for (const [index, { format, file, compression, codec }] of formats.entries()) {
    const path = onlyFile(join(cwd, `f${index}`));
    expect(path).toMatch(file);
    const { code, stdout, stderr } = await runSewer(["cat", path], { cwd });
    expect({ code, stderr }, format).toEqual({ code: 0, stderr: "" });
    expect(stdout.trimEnd().split("\n").map(keyOfLine), format).toEqual(sent[index]);
    if (compression === undefined) continue;
    const { header } = await openSequenceFile(readFileSync(path));
    expect(header.compression, format).toBe(compression);
    expect(header.codecClass, format).toBe(codec && hadoopCodecs + codec);
    const isOriginal = format.includes("sewer-0.5");
    expect(header.keyClass).toBe(
      isOriginal ? "net.pixelcop.sewer.source.http.AccessLogEvent" : "sewer.AccessLogEvent",
    );
  }
});
