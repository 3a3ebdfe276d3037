import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipCodec, SequenceFileWriter, syncMarkerOf } from "@sewer/writable";
import { fileLines } from "../../src/cat/file-lines.ts";

/** Path of a fixture. */
export function fixture(name: string): string {
  return new URL(`../fixtures/${name}`, import.meta.url).pathname;
}

/** Everything that is printed of a file, and the error it ends with. */
export async function printed(
  name: string,
  { isRaw = false, env = {} }: { isRaw?: boolean; env?: Record<string, string> } = {},
): Promise<{ lines: string[]; error: (Error & { code?: string }) | undefined }> {
  const lines: string[] = [];
  try {
    for await (const line of fileLines(name, { isRaw, env })) lines.push(line);
  } catch (error) {
    return { lines, error: error as Error };
  }
  return { lines, error: undefined };
}

const one = Buffer.from([1]);

/** Writes a SequenceFile of these keys, each with VLongWritable(1). @returns its path. */
export async function writeSequenceFile(
  directory: string,
  keyClass: string,
  keys: readonly Buffer[],
  isBlock = true,
): Promise<string> {
  const compression = isBlock
    ? { compression: "block" as const, codec: gzipCodec() }
    : { compression: "none" as const };
  const valueClass = "org.apache.hadoop.io.VLongWritable";
  const writer = new SequenceFileWriter({
    keyClass,
    valueClass,
    ...compression,
    syncMarker: syncMarkerOf("x"),
  });
  for (const key of keys) writer.append(key, one);
  const path = join(directory, "f.seq");
  await writeFile(path, await writer.finish());
  return path;
}
