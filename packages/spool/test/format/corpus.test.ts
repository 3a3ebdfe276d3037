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

interface Expected {
  /** What a reader of the file finds. */
  readonly records: readonly string[];
  readonly recordsDamaged: number;
  /** Reason of the seal, when it can be read. */
  readonly seal: string | null;
  /** What a start makes of it: the records that it delivers, or what becomes of the file. */
  readonly delivered: readonly string[] | "nothing" | "quarantine" | "left alone";
}

interface Case {
  readonly about: string;
  /** The file's name. */
  readonly name: string;
  readonly expected: Expected;
  /** The bytes, 32 a line. */
  readonly hex: readonly string[];
}

const corpus = join(import.meta.dirname, "corpus");
const cases = readdirSync(corpus).map((file) => {
  const content = JSON.parse(readFileSync(join(corpus, file), "utf8")) as Case;
  return { ...content, file, bytes: Buffer.from(content.hex.join(""), "hex") };
});

function isOurs({ expected }: Case): boolean {
  return expected.delivered !== "left alone";
}

/** What a reader finds in the file. */
async function contentOf(path: string): Promise<Omit<Expected, "delivered">> {
  const segment = await readSegment(path, { fs: nodeFileSystem });
  try {
    const records: string[] = [];
    for await (const { payload } of segment.frames()) {
      for (const record of recordsOf(payload)) records.push(record.toString());
    }
    const { recordsDamaged, seal } = segment;
    return { records, recordsDamaged, seal: seal?.reason ?? null };
  } finally {
    await segment.close();
  }
}

describe("a damaged segment", () => {
  it.each(cases.filter(isOurs))("is read as before: $file, $about", async ({ name, bytes, expected }) => {
    const path = join(temporaryDirectory(), name);
    await writeFile(path, bytes);
    const { delivered: _, ...content } = expected;
    expect(await contentOf(path)).toEqual(content);
  });

  it("of a newer version is not read at all", async () => {
    const newer = cases.filter((one) => !isOurs(one));
    expect(newer).toHaveLength(1);
    const path = join(temporaryDirectory(), newer[0]!.name);
    await writeFile(path, newer[0]!.bytes);
    await expect(contentOf(path)).rejects.toMatchObject({ code: "SEWER_SPOOL_NOT_A_SEGMENT" });
  });

  it.each(cases)("is recovered as before: $file, $about", async ({ name, bytes, expected }) => {
    const dir = temporaryDirectory();
    const incarnation = name.slice(0, 26);
    await mkdir(join(dir, "w", incarnation), { recursive: true });
    await writeFile(join(dir, "w", incarnation, name), bytes);
    const { delivered } = expected;
    expect(await deliverAll(dir, { fs: fastFileSystem })).toEqual(Array.isArray(delivered) ? delivered : []);
    const homes = { quarantine: [`quarantine/_spool/${name}`], "left alone": [`w/${incarnation}/${name}`] };
    const left = (await pathsBelow(dir)).filter((path) => path.includes(name));
    expect(left).toEqual(homes[String(delivered) as keyof typeof homes] ?? []);
  });
});
