import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describeProgram } from "@sewer/testkit/vitest";
import {
  bzip2Codec,
  instanceOf,
  longWritable,
  SequenceFileWriter,
  syncMarkerOf,
  text,
  zstdCodec,
  type Codec,
} from "@sewer/writable";
import { expect, test } from "vitest";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { printed } from "./support.ts";

const directory = temporaryDirectory();
const install = "tooling/debian/install.sh codecs";

/** Nothing, little, what becomes small, and more than a block of bzip2. */
const texts = [
  "",
  "a",
  "é".repeat(300),
  "a".repeat(100_000),
  Array.from({ length: 150_000 }, (_, index) => Math.imul(index, 0x9e3779b1).toString(36)).join(),
];

async function fileOf(compression: "record" | "block", codec: Codec): Promise<Buffer> {
  const writer = new SequenceFileWriter({
    keyClass: longWritable.className,
    valueClass: text.className,
    compression,
    codec,
    isSync: true,
    syncMarker: syncMarkerOf("programs"),
  });
  for (const [index, value] of texts.entries()) {
    writer.append(instanceOf(longWritable, index), instanceOf(text, value));
  }
  return writer.finish();
}

describeProgram("the codec of zstd", { name: "zstd", install }, (program) =>
  againstProgram(program, zstdCodec()),
);
describeProgram("that of bzip2", { name: "bzip2", install }, (program) =>
  againstProgram(program, bzip2Codec()),
);

function againstProgram(program: string, codec: Codec): void {
  const run = (flags: readonly string[], input: Uint8Array): Buffer =>
    execFileSync(program, [...flags, "-c"], {
      input,
      maxBuffer: 2 ** 26,
      stdio: ["pipe", "pipe", "inherit"],
    });

  test.each(["record", "block"] as const)(
    "prints a file that the program compressed: %s",
    async (compression) => {
      const path = join(directory(), "program.seq");
      await writeFile(path, await fileOf(compression, { ...codec, compress: (bytes) => run([], bytes) }));
      const { lines, error } = await printed(path);
      expect(error).toBeUndefined();
      expect(lines).toEqual(texts.map((value, key) => JSON.stringify({ key, value })));
    },
  );

  test("compresses what the program decompresses", async () => {
    for (const value of texts) {
      const bytes = Buffer.from(value);
      const streams = [codec.compress(bytes), await codec.compressAsync?.(bytes)];
      for (const stream of streams.filter((made) => made !== undefined)) {
        expect(run(["-d"], stream).equals(bytes)).toBe(true);
      }
    }
  });
}
