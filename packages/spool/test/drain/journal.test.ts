import { seededRandom, SimDisk } from "@sewer/testkit";
import { describe, expect, it } from "vitest";
import { Journal } from "../../src/drain/journal.ts";

const batchId = "01JZZZZZZZ0123456789ABCDEF-00000001";

describe("Journal", () => {
  it("writes a note whose sync failed again, in its old place: what follows must not stand behind a hole", async () => {
    const disk = new SimDisk({ random: seededRandom(1), order: "at-once" });
    const fs = disk.process();
    const journal = new Journal(fs, "/", batchId);
    let syncs = 0;
    disk.judge = (operation) => (operation === "datasync" && ++syncs === 1 ? { code: "EIO" } : undefined);
    const note = Buffer.alloc(2000, "n");
    await expect(journal.note(note)).rejects.toMatchObject({ code: "EIO" });
    await journal.note(note);
    await journal.done();
    for (let seed = 1; seed <= 100; seed++) {
      const after = disk.crash("power-cut", { random: seededRandom(seed), order: "at-once" });
      const found = await new Journal(after.process(), "/", batchId).read();
      expect(found, `seed ${seed}`).toMatchObject({ notes: [note], isDone: true });
    }
  });

  it("writes a note again whose sync failed before its process died: it is in the cache, and not on disk", async () => {
    const disk = new SimDisk({ random: seededRandom(1), order: "at-once" });
    disk.judge = (operation) => (operation === "datasync" ? { code: "EIO" } : undefined);
    const lost = Buffer.alloc(2000, "l");
    await expect(new Journal(disk.process(), "/", batchId).note(lost)).rejects.toMatchObject({ code: "EIO" });
    disk.judge = () => undefined;
    const note = Buffer.alloc(2000, "n");
    await new Journal(disk.process(), "/", batchId).note(note);
    for (let seed = 1; seed <= 100; seed++) {
      const after = disk.crash("power-cut", { random: seededRandom(seed), order: "at-once" });
      const found = await new Journal(after.process(), "/", batchId).read();
      expect(found.notes, `seed ${seed}`).toEqual([lost, note]);
    }
  });

  it("takes nothing that another sink noted of the same batch", async () => {
    const disk = new SimDisk({ random: seededRandom(1), order: "at-once" });
    const fs = disk.process();
    for (const sink of ["/a", "/b"]) await fs.mkdir(sink);
    await new Journal(fs, "/a", batchId).done();
    await fs.link(`/a/${batchId}.jnl`, `/b/${batchId}.jnl`);
    expect((await new Journal(fs, "/a", batchId).read()).isDone).toBe(true);
    expect((await new Journal(fs, "/b", batchId).read()).isDone).toBe(false);
  });
});
