import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freePorts, RunningSewer, runSewer } from "../support/run-sewer.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { eventKey, type ExpectedEvent } from "./events.ts";
import { sendLoad } from "./load-client.ts";

const directory = temporaryDirectory();

/** The only file of a directory. */
function onlyFile(folder: string): string {
  const names = readdirSync(folder);
  expect(names).toHaveLength(1);
  return join(folder, names[0]!);
}

/** What a JSON file says of an event; null has become "", as in a SequenceFile. */
function keyOfLine(line: string): string {
  return eventKey(JSON.parse(line, (_, value: unknown) => value ?? "") as ExpectedEvent);
}

test("flows with compression zstd and codec zstd deliver files that sewer cat reads back", async () => {
  const cwd = directory();
  const [jsonPort = 0, jsonStatus = 0, recordPort = 0, recordStatus = 0] = await freePorts(4);
  const flow = (name: string, port: number, statusPort: number, format: string): string => `
  ${name}:
    source: { type: http, host: 127.0.0.1, port: ${port}, statusPort: ${statusPort} }
    spool: { dir: spool-${name}, roll: { every: 10m }, durability: interval, fsyncInterval: 1s }
    sink: { type: file, path: '${name}/data-%{host}', format: ${format} }`;
  const flows = [
    flow("json", jsonPort, jsonStatus, "{ type: json, compression: zstd }"),
    flow("records", recordPort, recordStatus, "{ type: sequencefile, codec: zstd }"),
  ];
  writeFileSync(join(cwd, "sewer.yaml"), `admin: false\nflows:${flows.join("")}\n`);
  for (const name of ["json", "records"]) mkdirSync(join(cwd, name));

  const sewer = new RunningSewer(["start"], { cwd });
  await sewer.listening();
  const json = await sendLoad({ port: jsonPort, requests: 70, connections: 1 });
  const records = await sendLoad({ port: recordPort, requests: 70, connections: 1 });
  const end = await sewer.stop();
  expect(end.code, end.stderr).toBe(0);

  const jsonFile = onlyFile(join(cwd, "json"));
  const recordFile = onlyFile(join(cwd, "records"));
  expect(jsonFile).toMatch(/\.jsonl\.zst$/);
  expect(readFileSync(recordFile, "latin1")).toMatch(/^SEQ.*ZStandardCodec/s);
  for (const [file, { acknowledged }] of [
    [jsonFile, json],
    [recordFile, records],
  ] as const) {
    const { code, stdout, stderr } = await runSewer(["cat", file], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(acknowledged).toHaveLength(70);
    expect(stdout.trimEnd().split("\n").map(keyOfLine)).toEqual(acknowledged);
  }
});
