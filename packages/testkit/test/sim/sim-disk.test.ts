import type { FileHandle } from "@sewer/core";
import { seededRandom, SimDisk, type SimFileSystem } from "@sewer/testkit";
import { beforeEach, describe, expect, test } from "vitest";

const rounds = 300;
let disk: SimDisk;
let fs: SimFileSystem;

beforeEach(() => {
  disk = new SimDisk({ random: seededRandom(1), order: "at-once" });
  fs = disk.process();
});

/** The distinct answers that power cuts with many seeds give; `undefined` for a file that is gone. */
function afterPowerCuts<Result>(look: (disk: SimDisk) => Result): Set<Result | undefined> {
  const found = new Set<Result | undefined>();
  for (let seed = 1; seed <= rounds; seed++) {
    const after = disk.crash("power-cut", { random: seededRandom(seed), order: "at-once" });
    try {
      found.add(look(after));
    } catch {
      found.add(undefined);
    }
  }
  return found;
}

async function fileWith(path: string, ...writes: readonly string[]): Promise<FileHandle> {
  const handle = await fs.open(path, "create-new");
  let position = 0;
  for (const text of writes) position += await handle.write(Buffer.from(text), position);
  return handle;
}

const textOf = (path: string) => (after: SimDisk) => after.contentOf(path).toString("latin1");

describe("a power cut", () => {
  test("keeps what was synced, content and name", async () => {
    const handle = await fileWith("/a", "hello");
    await handle.datasync();
    await fs.syncDirectory("/");
    expect(afterPowerCuts(textOf("/a"))).toEqual(new Set(["hello"]));
  });

  test("is no danger to a file that is durable, and only to others", async () => {
    const durable: boolean[] = [];
    const look = (path = "/d/a"): number => durable.push(disk.isDurable(path));
    await fs.mkdir("/d");
    const handle = await fileWith("/d/a", "hello");
    look();
    await handle.datasync();
    look();
    await fs.syncDirectory("/d");
    look();
    await fs.syncDirectory("/");
    look();
    await handle.write(Buffer.from("J"), 0);
    look();
    look("/d/b");
    expect(durable).toEqual([false, false, false, true, false, false]);
  });

  test("may take the name when only the content was synced", async () => {
    const handle = await fileWith("/a", "hello");
    await handle.datasync();
    expect(afterPowerCuts(textOf("/a"))).toEqual(new Set(["hello", undefined]));
  });

  test("leaves of unsynced content all, nothing, sectors in any order, zeros and stale bytes", async () => {
    const old = await fileWith("/old", "o".repeat(1536));
    await old.datasync();
    await fileWith("/a", "1".repeat(512), "2".repeat(512), "3".repeat(512));
    await fs.syncDirectory("/");
    const found = afterPowerCuts((after) =>
      [0, 512, 1024].map((start) => textOf("/a")(after)[start] ?? ".").join(""),
    );
    for (const one of ["123", "...", "1..", "\0\x003", "oo3"]) expect(found).toContain(one);
  });

  test("never touches synced sectors, and leaves the tail as one version or the other", async () => {
    const handle = await fileWith("/a", "a".repeat(600));
    await handle.datasync();
    await fs.syncDirectory("/");
    await handle.write(Buffer.from("b".repeat(100)), 600);
    for (const text of afterPowerCuts(textOf("/a"))) expect(text!.slice(0, 600)).toBe("a".repeat(600));
  });

  test("leaves each of several names or not, and one name or both after a rename", async () => {
    for (const name of ["a", "b"]) await (await fileWith(`/${name}`, name)).datasync();
    const names = (after: SimDisk): string => after.paths().sort().join(" ");
    expect(afterPowerCuts(names)).toEqual(new Set(["", "/a", "/b", "/a /b"]));
    await fs.syncDirectory("/");
    await fs.rename("/a", "/c");
    expect(afterPowerCuts(names)).toEqual(new Set(["/a /b", "/b /c", "/a /b /c"]));
    await fs.syncDirectory("/");
    expect(afterPowerCuts(names)).toEqual(new Set(["/b /c"]));
  });

  test("may bring an unlinked file back, and lose a link", async () => {
    await fs.mkdir("/d");
    await (await fileWith("/a", "x")).datasync();
    await fs.syncDirectory("/");
    await fs.link("/a", "/d/a");
    await fs.unlink("/a");
    const names = (after: SimDisk): string => after.paths().sort().join(" ");
    expect(afterPowerCuts(names)).toEqual(new Set(["", "/a", "/d/a", "/a /d/a"]));
  });

  test("after a failed sync takes what the next sync should have covered", async () => {
    const handle = await fileWith("/a", "x".repeat(512));
    await fs.syncDirectory("/");
    disk.judge = (operation) => (operation === "datasync" ? { code: "EIO" } : undefined);
    await expect(handle.datasync()).rejects.toMatchObject({ code: "EIO" });
    disk.judge = () => undefined;
    await handle.datasync();
    expect(afterPowerCuts((after) => textOf("/a")(after)[0])).toContain("\0");
    // Written again it is dirty again.
    await handle.write(Buffer.from("y".repeat(512)), 0);
    await handle.datasync();
    expect(afterPowerCuts(textOf("/a"))).toEqual(new Set(["y".repeat(512)]));
  });

  test("after a failed sync of a file that was cut leaves no doubt about what was cut off", async () => {
    const handle = await fileWith("/a", "x".repeat(2000));
    await handle.datasync();
    await fs.syncDirectory("/");
    await handle.truncate(100);
    disk.judge = (operation) => (operation === "datasync" ? { code: "EIO" } : undefined);
    await expect(handle.datasync()).rejects.toMatchObject({ code: "EIO" });
    expect(disk.isDurable("/a")).toBe(false);
    disk.judge = () => undefined;
    await handle.write(Buffer.from("x".repeat(100)), 0);
    await handle.datasync();
    expect(disk.isDurable("/a")).toBe(true);
    expect(afterPowerCuts(textOf("/a"))).toEqual(new Set(["x".repeat(100)]));
  });
});

describe("a kill", () => {
  test("keeps everything that was done; the write in flight is whole, torn at a page, or not there", async () => {
    disk = new SimDisk({ random: seededRandom(1) });
    fs = disk.process();
    const opened = fs.open("/a", "create-new");
    disk.step();
    void (await opened).write(Buffer.from("w".repeat(1000)), 0);
    const lengths = new Set<number>();
    for (let seed = 1; seed <= rounds; seed++) {
      const after = disk.crash("kill", { random: seededRandom(seed), pageBytes: 256 });
      lengths.add(after.contentOf("/a").length);
    }
    expect([...lengths].sort((a, b) => a - b)).toEqual([0, 256, 512, 768, 1000]);
  });

  test("of one process frees its locks and ends its calls; the others go on", async () => {
    expect(fs.locks.acquire("/LOCK")).toBeDefined();
    const other = disk.process();
    expect(other.locks.acquire("/LOCK")).toBeUndefined();
    fs.kill();
    let isSettled = false;
    void Array.fromAsync(fs.readdir("/")).then(() => (isSettled = true));
    expect(await Array.fromAsync(other.readdir("/"))).toEqual(["LOCK"]);
    expect(isSettled).toBe(false);
    expect(other.locks.acquire("/LOCK")).toBeDefined();
  });
});

describe("locks", () => {
  test("are of a file, refuse the same process too, and go when any handle of the file is closed", async () => {
    const lock = fs.locks.acquire("/LOCK")!;
    expect(fs.locks.acquire("/LOCK")).toBeUndefined();
    const other = disk.process();
    await (await fs.open("/LOCK", "read")).close();
    const taken = other.locks.acquire("/LOCK");
    expect(taken).toBeDefined();
    lock.release();
    expect(disk.process().locks.acquire("/LOCK")).toBeUndefined();
    taken!.release();
    taken!.release();
    expect(disk.process().locks.acquire("/LOCK")).toBeDefined();
  });
});

describe("the disk", () => {
  test("answers as a POSIX file system does", async () => {
    await fs.mkdir("/d");
    const handle = await fileWith("/d/a", "hello");
    const code = async (call: Promise<unknown>): Promise<string> =>
      call.then(
        () => "",
        (error: NodeJS.ErrnoException) => error.code ?? "?",
      );
    expect(await code(fs.mkdir("/d"))).toBe("EEXIST");
    expect(await code(fs.mkdir("/x/y"))).toBe("ENOENT");
    expect(await code(fs.mkdir("/d/a/y"))).toBe("ENOTDIR");
    expect(await code(fs.open("/d/a", "create-new"))).toBe("EEXIST");
    expect(await code(fs.open("/d/b", "write"))).toBe("ENOENT");
    expect(await code(fs.open("/d", "write"))).toBe("EISDIR");
    expect(await code(fs.rmdir("/d"))).toBe("ENOTEMPTY");
    expect(await code(fs.rmdir("/d/a"))).toBe("ENOTDIR");
    expect(await code(fs.unlink("/d"))).toBe("EISDIR");
    expect(await code(Array.fromAsync(fs.readdir("/d/a")))).toBe("ENOTDIR");
    expect(await code(fs.rename("/d/a", "/a"))).toBe("EXDEV");
    expect(await code(fs.link("/d/a", "/d/a"))).toBe("EEXIST");
    await fs.link("/d/a", "/b");
    expect((await fs.stat("/b")).inode).toBe((await handle.stat()).inode);
    expect(await handle.read(Buffer.alloc(9), 5)).toBe(0);
    await handle.truncate(2);
    expect((await fs.stat("/b")).size).toBe(2);
    expect((await fs.space("/")).freeBytes).toBeGreaterThan(0);
    await handle.close();
    expect(await code(handle.stat())).toBe("EBADF");
  });

  test("lets calls happen in an order of its own, the same for the same seed", async () => {
    const order = async (seed: number): Promise<string> => {
      const shuffled = new SimDisk({ random: seededRandom(seed) });
      const done: string[] = [];
      for (const name of ["a", "b", "c"]) {
        void shuffled
          .process()
          .mkdir(`/${name}`)
          .then(() => done.push(name));
      }
      expect(shuffled.pending).toBe(3);
      while (shuffled.step()) await Promise.resolve();
      await new Promise((resolve) => setImmediate(resolve));
      return done.join("");
    };
    expect(await order(5)).toBe(await order(5));
    expect(new Set(await Promise.all(Array.from({ length: 50 }, (_, seed) => order(seed)))).size).toBe(6);
  });

  test("makes writes short, and tells what happened", async () => {
    const handle = await fs.open("/a", "create-new");
    const seen: string[] = [];
    disk.onCall = ({ operation }) => seen.push(`calls ${operation}`);
    disk.onDone = ({ operation }, result) => seen.push(`did ${operation} ${String(result)}`);
    disk.onFailed = ({ operation }) => seen.push(`failed ${operation}`);
    disk.judge = (operation) => (operation === "write" ? { shortTo: 2 } : { code: "ENOSPC" });
    expect(await handle.write(Buffer.from("hello"), 0)).toBe(2);
    await expect(handle.truncate(9)).rejects.toMatchObject({ code: "ENOSPC" });
    expect(seen).toEqual(["calls write", "did write 2", "calls truncate", "failed truncate"]);
  });

  test("does nothing any more once it is stopped", async () => {
    disk.onCall = () => disk.stop();
    let isSettled = false;
    void fs.mkdir("/a").then(() => (isSettled = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect([isSettled, disk.isStopped, disk.paths()]).toEqual([false, true, []]);
  });
});
