import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { nodeFileSystem as fs } from "@sewer/core/node";

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), "sewer-core-"))));
afterEach(() => rmSync(dir, { recursive: true }));

describe("nodeFileSystem", () => {
  test("writes and reads at explicit positions", async () => {
    const file = await fs.open(join(dir, "a"), "create-new");
    expect(await file.write(Buffer.from("world"), 6)).toBe(5);
    expect(await file.write(Buffer.from("hello "), 0)).toBe(6);
    await file.datasync();
    const buffer = Buffer.alloc(20);
    expect(await file.read(buffer, 0)).toBe(11);
    expect(buffer.toString("utf8", 0, 11)).toBe("hello world");
    expect(await file.read(buffer, 11)).toBe(0);
    await file.truncate(5);
    expect((await file.stat()).size).toBe(5);
    await file.close();
  });

  test("create-new refuses what is there, write refuses what is not, write-or-create keeps content", async () => {
    const path = join(dir, "a");
    await expect(fs.open(path, "write")).rejects.toMatchObject({ code: "ENOENT" });
    const created = await fs.open(path, "create-new");
    await created.write(Buffer.from("x"), 0);
    await created.close();
    await expect(fs.open(path, "create-new")).rejects.toMatchObject({ code: "EEXIST" });
    const again = await fs.open(path, "write-or-create");
    expect((await again.stat()).size).toBe(1);
    await again.close();
  });

  test("tells how much of the disk is free", async () => {
    const { freeBytes, totalBytes } = await fs.space(dir);
    expect(freeBytes).toBeGreaterThan(0);
    expect(totalBytes).toBeGreaterThan(freeBytes);
    await expect(fs.space(join(dir, "missing"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("a hard link is the same inode, refuses an existing name and survives the first name", async () => {
    const [a, b] = [join(dir, "a"), join(dir, "b")];
    await (await fs.open(a, "create-new")).close();
    await fs.link(a, b);
    expect((await fs.stat(a)).inode).toBe((await fs.stat(b)).inode);
    await expect(fs.link(a, b)).rejects.toMatchObject({ code: "EEXIST" });
    await fs.unlink(a);
    expect(await Array.fromAsync(fs.readdir(dir))).toEqual(["b"]);
  });

  test("directories: made private, synced, removed when empty", async () => {
    const sub = join(dir, "sub");
    await fs.mkdir(sub);
    expect((await fs.stat(sub)).isDirectory).toBe(true);
    await fs.syncDirectory(sub);
    await (await fs.open(join(sub, "a"), "create-new")).close();
    await expect(fs.rmdir(sub)).rejects.toMatchObject({ code: "ENOTEMPTY" });
    await fs.rename(join(sub, "a"), join(dir, "a"));
    await fs.rmdir(sub);
    expect(await Array.fromAsync(fs.readdir(dir))).toEqual(["a"]);
  });
});
