/**
 * Segments as crashes and rotten disks leave them, byte for byte: what this version makes of each, every later one
 * makes of it, too. A new way to break a file is a new file in `corpus/`.
 */
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { recordsOf } from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";
import { describe, expect, it } from "vitest";
import { readSegment } from "../../src/index.ts";
import { fastFileSystem } from "../support/fast-file-system.ts";
import { deliverAll, pathsBelow, temporaryDirectory } from "../support/spool.ts";

interface Case {
  readonly about: string;
  /** The file's name. */
  readonly name: string;
  readonly expected: {
    /** What a reader of the file finds. */
    readonly records: readonly string[];
    readonly recordsDamaged: number;
    /** Reason of the seal, when it can be read. */
    readonly seal: string | null;
    /** What a start makes of it: the records that it delivers, or what becomes of the file. */
    readonly delivered: readonly string[] | "nothing" | "quarantine" | "left alone";
  };
  /** The bytes, 32 a line. */
  readonly hex: readonly string[];
}

const corpus = join(import.meta.dirname, "corpus");
const cases = readdirSync(corpus).map((file) => {
  const content = JSON.parse(readFileSync(join(corpus, file), "utf8")) as Case;
  return { ...content, file, bytes: Buffer.from(content.hex.join(""), "hex") };
});

describe("a damaged segment", () => {
  it.each(cases)("is read as before: $file, $about", async ({ name, bytes, expected }) => {
    const path = join(temporaryDirectory(), name);
    await writeFile(path, bytes);
    const segment = await readSegment(path, { fs: nodeFileSystem });
    try {
      if (expected.delivered === "left alone") {
        await expect(Array.fromAsync(segment.frames())).rejects.toMatchObject({
          code: "SEWER_SPOOL_NOT_A_SEGMENT",
        });
        return;
      }
      const records: string[] = [];
      for await (const { payload } of segment.frames()) {
        for (const record of recordsOf(payload)) records.push(record.toString());
      }
      const { recordsDamaged, seal } = segment;
      expect({ records, recordsDamaged, seal: seal?.reason ?? null }).toEqual({
        records: expected.records,
        recordsDamaged: expected.recordsDamaged,
        seal: expected.seal,
      });
    } finally {
      await segment.close();
    }
  });

  it.each(cases)("is recovered as before: $file, $about", async ({ name, bytes, expected }) => {
    const dir = temporaryDirectory();
    const incarnation = name.slice(0, 26);
    await mkdir(join(dir, "w", incarnation), { recursive: true });
    await writeFile(join(dir, "w", incarnation, name), bytes);
    const records = await deliverAll(dir, { fs: fastFileSystem });
    const { delivered } = expected;
    expect(records).toEqual(typeof delivered === "string" ? [] : delivered);
    const left = (await pathsBelow(dir)).filter((path) => path.includes(name));
    if (delivered === "quarantine") expect(left).toEqual([`quarantine/_spool/${name}`]);
    else expect(left).toEqual(delivered === "left alone" ? [`w/${incarnation}/${name}`] : []);
  });
});
