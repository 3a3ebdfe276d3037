import { readdir, readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { nodeFileSystem } from "@sewer/core/node";
import { FaultFileSystem, seededRandom, SimDisk, type CrashKind } from "@sewer/testkit";
import { describe, expect, test } from "vitest";
import { ConfigCopy } from "../../src/config/config-copy.ts";
import { pixelErrors } from "../../src/errors.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const directory = temporaryDirectory();
const url = new URL("https://config.example/sewer.yaml");
const copyOf = (fs = nodeFileSystem, of = url): ConfigCopy => new ConfigCopy(fs, directory(), of);

test("there is none at first; then it is the text, byte by byte, for its owner only", async () => {
  const copy = copyOf();
  expect(await copy.read()).toBeUndefined();
  await copy.replace("a: ${ü}\r\n");
  await copy.replace("a: 2\n");
  expect(await copy.read()).toBe("a: 2\n");
  expect(await readFile(copy.path, "utf8")).toBe("a: 2\n");
  expect(await readdir(directory())).toEqual([basename(copy.path)]);
});

test("a URL has its own; another password is not another URL", () => {
  const pathFor = (text: string): string => copyOf(nodeFileSystem, new URL(text)).path;
  expect(basename(pathFor("https://h/a"))).toMatch(/^sewer-last-good-[0-9a-f]{12}\.yaml$/);
  expect(pathFor("https://u:one@h/a")).toBe(pathFor("https://u:two@h/a"));
  const paths = ["https://h/a", "https://h/b", "https://h:1/a", "https://h/a?b"].map(pathFor);
  expect(new Set(paths).size).toBe(4);
});

test("one that is far too long is none of ours", async () => {
  const copy = copyOf();
  await writeFile(copy.path, "#".repeat(1024 * 1024 + 1));
  await expect(copy.read()).rejects.toMatchObject({ code: pixelErrors.configCopy });
});

test("whatever a disk refuses, the old copy stays, and nothing beside it", async () => {
  await copyOf().replace("old");
  const whole = new FaultFileSystem();
  await new ConfigCopy(whole, directory(), url).replace("old");
  const calls = whole.calls.map(({ operation }) => operation);
  expect(calls).toEqual(["open", "truncate", "write", "datasync", "close", "rename", "syncDirectory"]);
  for (const [index, operation] of calls.entries()) {
    const fs = new FaultFileSystem();
    fs.judge = (_, __, call) => (call === index + 1 ? { code: "EIO" } : undefined);
    await expect(copyOf(fs).replace("new"), operation).rejects.toMatchObject({
      code: pixelErrors.configCopy,
      message: expect.stringMatching(/sewer-last-good-.* cannot be written: .*EIO/),
    });
    // Only after the rename it is the new one, although it may not survive.
    expect(await copyOf().read(), operation).toBe(operation === "syncDirectory" ? "new" : "old");
    expect(await readdir(directory()), operation).toHaveLength(1);
  }
});

test("writes that take a part only", async () => {
  const fs = new FaultFileSystem();
  fs.judge = (operation) => (operation === "write" ? { shortTo: 3 } : undefined);
  await copyOf(fs).replace("flows: {}\n");
  expect(await copyOf().read()).toBe("flows: {}\n");
});

describe("whenever the machine stops, the old text is there or the new one, whole", () => {
  test.each<CrashKind>(["kill", "power-cut"])("%s", async (kind) => {
    const texts = ["old".repeat(2000), "new text".repeat(3000)];
    const seen = new Set<string>();
    for (let seed = 1; seed <= 300; seed++) {
      const random = seededRandom(seed);
      const disk = new SimDisk({ random, order: "at-once" });
      const [before = "", after = ""] = texts;
      await new ConfigCopy(disk.process(), "/", url).replace(before);
      const crashAt = Math.floor(random.next() * 8);
      let calls = 0;
      let crashed = disk;
      disk.onCall = () => {
        if (calls++ === crashAt) crashed = disk.crash(kind, { random, order: "at-once" });
      };
      await new ConfigCopy(disk.process(), "/", url).replace(after);
      if (crashed === disk) crashed = disk.crash(kind, { random, order: "at-once" });
      const found = await new ConfigCopy(crashed.process(), "/", url).read();
      const isDone = calls <= crashAt;
      expect(isDone ? [after] : texts, `seed ${seed}`).toContain(found);
      seen.add(found ?? "");
    }
    expect(seen.size).toBe(2);
  });
});
