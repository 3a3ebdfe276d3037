import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noMetrics, silentLogger, systemClock, systemRandom, type FileSystem } from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";
import { HttpSource, httpSourceOptions } from "@sewer/source-http";
import { openSpool } from "@sewer/spool";
import { expect, onTestFinished, test } from "vitest";

/** What a test does with a sync: holds it, fails it, and looks at what it covers. */
interface Syncs {
  readonly fs: FileSystem;
  /** Content of segment files at the beginning of every good sync. */
  readonly covered: Buffer[];
  next: () => Promise<void>;
}

function watchedSyncs(): Syncs {
  const covered: Buffer[] = [];
  const syncs: Syncs = { fs: { ...nodeFileSystem, open }, covered, next: () => Promise.resolve() };
  async function open(...args: Parameters<FileSystem["open"]>): ReturnType<FileSystem["open"]> {
    const handle = await nodeFileSystem.open(...args);
    const datasync = handle.datasync.bind(handle);
    return Object.assign(handle, {
      datasync: async () => {
        const content = readFileSync(args[0]);
        await syncs.next();
        await datasync();
        covered.push(content);
      },
    });
  }
  return syncs;
}

/** A real source on a real spool at level group. */
async function serve(fs: FileSystem): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), "sewer-group-"));
  const surroundings = {
    fs,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    metrics: noMetrics,
  };
  const spool = await openSpool({
    dir,
    meta: () => Buffer.from("{}"),
    durability: "group",
    fsyncIntervalMs: 1000,
    rollEveryMs: 60_000,
    rollBytes: 1024 ** 3,
    rollAlign: false,
    maxBytes: 1024 ** 3,
    onFull: "refuse",
    ...surroundings,
  });
  const options = httpSourceOptions.parse({ type: "http", host: "127.0.0.1", port: 0 });
  const names = { flow: "pixel", name: "source", hostname: "host.example", baseDir: "/" };
  const source = new HttpSource(options, { ...names, ...surroundings });
  await source.open(spool);
  onTestFinished(async () => {
    await source.close(0);
    await spool.close();
    rmSync(dir, { recursive: true });
  });
  return Number(new URL(source.addresses.pixel).port);
}

/** A connection and the number of 204s that it has received. */
function openClient(port: number, onAnswer: (count: number) => void): Socket {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  let received = "";
  let count = 0;
  socket.setEncoding("latin1").on("data", (text: string) => {
    received += text;
    const parts = received.split("\r\n\r\n");
    received = parts.pop()!;
    for (const answer of parts) {
      expect(answer).toMatch(/^HTTP\/1\.1 204 /);
      onAnswer(++count);
    }
  });
  return socket;
}

const request = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: pixel.example\r\n\r\n`;

test("no 204 before the sync that covers its event; then in order, those that came meanwhile together", async () => {
  const syncs = watchedSyncs();
  const port = await serve(syncs.fs);
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  syncs.next = () => {
    syncs.next = () => Promise.resolve();
    begun.resolve();
    return gate.promise;
  };
  const done = Promise.withResolvers<void>();
  const answeredBeforeItsSync: number[] = [];
  let answers = 0;
  const client = openClient(port, (count) => {
    answers = count;
    if (!syncs.covered.some((content) => content.includes(`/event-${count};`)))
      answeredBeforeItsSync.push(count);
    if (count === 10) done.resolve();
  });
  client.write(request("/event-1;"));
  await begun.promise;
  for (let i = 2; i <= 10; i++) client.write(request(`/event-${i};`));
  // A second connection is answered only when a later sync has covered its event too.
  const other = Promise.withResolvers<void>();
  openClient(port, () => other.resolve()).write(request("/other;"));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(answers).toBe(0);
  gate.resolve();
  await Promise.all([done.promise, other.promise]);
  expect(answeredBeforeItsSync).toEqual([]);
  expect(syncs.covered.some((content) => content.includes("/other;"))).toBe(true);
});

test("a failed sync is never acknowledged: the 204 comes when the event was written and synced again", async () => {
  const syncs = watchedSyncs();
  const port = await serve(syncs.fs);
  let failures = 0;
  syncs.next = () => {
    if (failures++ > 0) return Promise.resolve();
    return Promise.reject(Object.assign(new Error("EIO: a sync failed"), { code: "EIO" }));
  };
  const answered = Promise.withResolvers<boolean>();
  openClient(port, () => {
    answered.resolve(syncs.covered.some((content) => content.includes("/event;")));
  }).write(request("/event;"));
  expect(await answered.promise).toBe(true);
  expect(failures).toBeGreaterThan(1);
});
