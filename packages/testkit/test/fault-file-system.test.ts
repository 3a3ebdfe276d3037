import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FaultFileSystem } from "@sewer/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";

let dir: string;
let fs: FaultFileSystem;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "sewer-testkit-"));
  fs = new FaultFileSystem();
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

test("it lets every call through and notes it", async () => {
  const path = join(dir, "a");
  const handle = await fs.open(path, "create-new");
  expect(await handle.write(Buffer.from("hello"), 0)).toBe(5);
  await handle.datasync();
  await handle.truncate(4);
  expect((await handle.stat()).size).toBe(4);
  const read = Buffer.alloc(8);
  expect(await handle.read(read, 0)).toBe(4);
  await handle.close();
  await fs.mkdir(join(dir, "d"));
  await fs.link(path, join(dir, "b"));
  await fs.rename(join(dir, "b"), join(dir, "c"));
  expect((await Array.fromAsync(fs.readdir(dir))).sort()).toEqual(["a", "c", "d"]);
  await fs.unlink(join(dir, "c"));
  await fs.rmdir(join(dir, "d"));
  await fs.syncDirectory(dir);
  expect((await fs.stat(path)).size).toBe(4);
  expect(fs.calls.map(({ operation, path: at }) => `${operation} ${at.slice(dir.length)}`)).toEqual([
    "open /a",
    "write /a",
    "datasync /a",
    "truncate /a",
    "handle-stat /a",
    "read /a",
    "close /a",
    "mkdir /d",
    "link /b",
    "rename /c",
    "readdir ",
    "unlink /c",
    "rmdir /d",
    "syncDirectory ",
    "stat /a",
  ]);
});

test("a call that the judge fails is not made, and has Node's code", async () => {
  fs.judge = (operation) => (operation === "mkdir" ? { code: "ENOSPC" } : undefined);
  await expect(fs.mkdir(join(dir, "d"))).rejects.toMatchObject({ code: "ENOSPC" });
  expect(await Array.fromAsync(fs.readdir(dir))).toEqual([]);
});

test("a write can be short", async () => {
  const handle = await fs.open(join(dir, "a"), "create-new");
  fs.judge = () => ({ shortTo: 2 });
  expect(await handle.write(Buffer.from("hello"), 0)).toBe(2);
  fs.judge = () => undefined;
  expect((await handle.stat()).size).toBe(2);
  await handle.close();
});

test("a close that fails has closed", async () => {
  const handle = await fs.open(join(dir, "a"), "create-new");
  fs.judge = () => ({ code: "EIO" });
  await expect(handle.close()).rejects.toMatchObject({ code: "EIO" });
  fs.judge = () => undefined;
  await expect(handle.stat()).rejects.toMatchObject({ code: "EBADF" });
});

test("it knows how many calls are under way", async () => {
  const call = Array.fromAsync(fs.readdir(dir));
  expect(fs.underWay).toBe(1);
  await call;
  expect(fs.underWay).toBe(0);
});
