import { open } from "node:fs/promises";
import type { RandomAccessSource } from "./byte-source.ts";

/**
 * A local file as a source: what is skipped is not read.
 *
 * @throws what node:fs throws, `ENOENT` for example.
 */
export async function fileSource(path: string): Promise<RandomAccessSource> {
  const file = await open(path, "r");
  const { size } = await file.stat();
  return {
    size,
    async read(position, length) {
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.allocUnsafe(length), position });
      return buffer.subarray(0, bytesRead);
    },
    close: () => file.close(),
  };
}
