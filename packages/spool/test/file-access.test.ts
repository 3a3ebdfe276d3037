import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { FaultFileSystem, seededRandom, SimDisk } from "@sewer/testkit";
import { describe, expect, it } from "vitest";
import { ensureDirectory } from "../src/file-access.ts";
import { temporaryDirectory } from "./support/spool.ts";

describe("making a directory", () => {
  it("syncs the name of one that is there: who made it may have died before doing so", async () => {
    const dir = temporaryDirectory();
    await mkdir(join(dir, "q"));
    const fs = new FaultFileSystem();
    await ensureDirectory(fs, join(dir, "q"));
    expect(fs.calls.map(({ operation, path }) => `${operation} ${path.slice(dir.length)}`)).toEqual([
      "mkdir /q",
      "stat /q",
      "syncDirectory ",
    ]);
  });

  it("is no error when two processes make it and its parents at once", async () => {
    for (let seed = 1; seed <= 200; seed++) {
      const disk = new SimDisk({ random: seededRandom(seed) });
      let made = 0;
      for (let process = 0; process < 2; process++) {
        void ensureDirectory(disk.process(), "/data/spool/w").then(() => (made += 1));
      }
      while (disk.step()) await new Promise((resolve) => setImmediate(resolve));
      expect(made, `seed ${seed}`).toBe(2);
    }
  });
});
