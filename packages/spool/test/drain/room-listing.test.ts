import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodeFileSystem } from "@sewer/core/node";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { batchIdOf } from "../../src/batch-id.ts";
import { RoomListing } from "../../src/drain/room-listing.ts";
import { endings } from "../../src/rooms.ts";
import { temporaryDirectory } from "../support/spool.ts";

const first = "01JZZZZZZZ0123456789ABCDEF";
const second = "01JZZZZZZZ0123456789ABCDEG";

function directoryOf(files: readonly string[]): string {
  const dir = temporaryDirectory();
  for (const name of files) writeFileSync(join(dir, name), "");
  return dir;
}

describe("RoomListing", () => {
  it("tells ids in the order of their names, whatever order the disk has them in", async () => {
    const batch = fc.tuple(fc.constantFrom(first, second), fc.integer({ min: 1, max: 99_999_999 }));
    const batches = fc.uniqueArray(batch, { maxLength: 40, selector: (parts) => parts.join("-") });
    await fc.assert(
      fc.asyncProperty(batches, async (all) => {
        const ids = all.map(([incarnation, sequence]) => batchIdOf(incarnation, sequence));
        const fs = { ...nodeFileSystem, readdir: () => names(ids) };
        const listing = await RoomListing.read(fs, "/room");
        expect([...listing.ids(endings.sealed)]).toEqual([...ids].sort());
        for (const id of ids) expect(listing.has(id, endings.sealed)).toBe(true);
        expect(listing.has(batchIdOf(first, 100_000_000), endings.sealed)).toBe(false);
      }),
    );
  });

  it("keeps endings apart, and leaves out what no batch is called", async () => {
    const id = batchIdOf(first, 7);
    const dir = directoryOf([
      `${id}.seal`,
      `${id}.try.new`,
      `${batchIdOf(second, 1)}.jnl`,
      "notes.seal",
      "LOCK",
    ]);
    mkdirSync(join(dir, "x"));
    const listing = await RoomListing.read(nodeFileSystem, dir);
    expect([...listing.ids(endings.sealed)]).toEqual([id]);
    expect([...listing.ids(endings.newTry)]).toEqual([id]);
    expect([...listing.ids(endings.try)]).toEqual([]);
    expect([...listing.ids(endings.journal)]).toEqual([batchIdOf(second, 1)]);
    expect(listing.has(id, endings.journal)).toBe(false);
    expect(listing.has("notes", endings.sealed)).toBe(false);
  });

  it("is empty where there is no directory", async () => {
    const listing = await RoomListing.read(nodeFileSystem, join(temporaryDirectory(), "none"));
    expect([...listing.ids(endings.sealed)]).toEqual([]);
  });
});

async function* names(ids: readonly string[]): AsyncGenerator<string, void, undefined> {
  for (const id of ids) yield id + endings.sealed;
}
