import { copyFile, readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeSegmentMeta, noMetrics, silentLogger, systemClock, systemRandom } from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";
import { openSpool } from "@sewer/spool";
import { accessLogEvent, type AccessLogEventInput } from "@sewer/writable";
import { expect, test } from "vitest";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { printed } from "./support.ts";

const directory = temporaryDirectory();

function event(number: number): AccessLogEventInput {
  return {
    timestamp: 1_764_150_000_000 + number,
    ip: "203.0.113.7",
    host: "h",
    requestPath: "/p.gif",
    queryString: number % 2 === 0 ? "" : null,
    referer: null,
    userAgent: "x".repeat(number % 100),
    cookies: null,
  };
}

/** A sealed segment of `count` events. @returns its path. */
async function writeSegment(count: number): Promise<string> {
  const dir = join(directory(), "spool");
  const schema = { name: accessLogEvent.name, fields: accessLogEvent.fields };
  const writer = await openSpool({
    dir,
    meta: ({ createdMs }) =>
      encodeSegmentMeta({ v: 1, flow: "web", schema, host: "h", createdMs, sinks: { main: {} } }),
    durability: "interval",
    fsyncIntervalMs: 1000,
    rollEveryMs: 60_000,
    rollBytes: 1024 ** 3,
    rollAlign: false,
    maxBytes: 1024 ** 3,
    onFull: "refuse",
    bufferBytes: 4096,
    fs: nodeFileSystem,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    metrics: noMetrics,
  });
  for (let number = 0; number < count; number++) {
    const bytes = accessLogEvent.encodeRecord(event(number));
    let room = writer.reserve(bytes.length);
    while (room === "wait") {
      await new Promise<void>((resolve) => {
        const end = writer.onRoom(() => {
          end();
          resolve();
        });
      });
      room = writer.reserve(bytes.length);
    }
    if (room === "full") throw new Error("the spool is full");
    bytes.copy(room.buffer, room.offset);
    writer.commit(bytes.length);
  }
  await writer.roll();
  await writer.close();
  const rooms = join(dir, "w", writer.incarnation);
  const name = (await readdir(rooms)).find((file) => file.endsWith(".seal"));
  if (name === undefined) throw new Error("nothing was sealed");
  await copyFile(join(rooms, name), join(directory(), name));
  return join(directory(), name);
}

test("a segment prints its events, null as null", async () => {
  const { lines, error } = await printed(await writeSegment(1000));
  expect(error).toBeUndefined();
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
    Array.from({ length: 1000 }, (_, number) => event(number)),
  );
});

test("raw is what its records will be in a SequenceFile", async () => {
  const { lines } = await printed(await writeSegment(2), { isRaw: true });
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
    [0, 1].map((number) => ({ key: accessLogEvent.encode(event(number)).toString("hex"), value: "01" })),
  );
});

test("a damaged frame: everything else is printed, then where it is", async () => {
  const path = await writeSegment(1000);
  const bytes = await readFile(path);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 0xff;
  await writeFile(path, bytes);
  const { lines, error } = await printed(path);
  expect(lines.length).toBeGreaterThan(800);
  expect(lines.length).toBeLessThan(1000);
  const message = expect.stringMatching(
    new RegExp(`^damaged at byte \\d+: .*; ${1000 - lines.length} records`),
  );
  expect(error).toMatchObject({ code: "SEWER_CAT_DAMAGED", message });
});

test("one that is cut off: what is whole", async () => {
  const path = await writeSegment(1000);
  await truncate(path, Math.floor((await readFile(path)).length / 3));
  const { lines, error } = await printed(path);
  expect(lines.length).toBeGreaterThan(100);
  expect(lines.length).toBeLessThan(500);
  expect(error).toMatchObject({ code: "SEWER_CAT_DAMAGED" });
});

test("an open one, still being written, and one with a ruined beginning", async () => {
  const path = await writeSegment(10);
  const open = path.replace(/seal$/, "open");
  await copyFile(path, open);
  expect((await printed(open)).lines).toHaveLength(10);
  const bytes = await readFile(path);
  bytes.fill(0, 0, 64);
  await writeFile(path, bytes);
  expect((await printed(path)).lines).toHaveLength(10);
});

test("a file that only has the name of a segment", async () => {
  const path = join(directory(), "01ARZ3NDEKTSV4RRFFQ69G5FAV-00000001.seal");
  await writeFile(path, "nothing of the kind");
  expect((await printed(path)).error).toBeDefined();
});
