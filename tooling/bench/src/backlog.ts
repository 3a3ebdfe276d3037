import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { FileSystem } from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";
import { openSpool } from "@sewer/spool";
import { names, writerOptions } from "./spool-files.ts";

const writersMax = 8;
const record = Buffer.from("one of a hundred thousand");

/** A disk that syncs nothing: no power cut will read this backlog. */
const unsynced: FileSystem = {
  ...nodeFileSystem,
  async open(path, mode, permissions) {
    const handle = await nodeFileSystem.open(path, mode, permissions);
    return Object.assign(handle, { datasync: () => Promise.resolve() });
  },
  syncDirectory: () => Promise.resolve(),
};

/** Leaves so many batches of one record each where they wait for their sink, as after an outage. */
export async function makeBacklog(dir: string, batches: number): Promise<void> {
  const writers = Math.min(writersMax, batches);
  const shares = Array.from({ length: writers }, (_, index) =>
    Math.floor((batches + writers - 1 - index) / writers),
  );
  await Promise.all(shares.map((share) => writeBatches(dir, share)));
  await mkdir(join(dir, "q", names.sink), { recursive: true });
  for (const incarnation of await readdir(join(dir, "w"))) {
    const from = join(dir, "w", incarnation);
    for (const name of await readdir(from)) {
      if (name.endsWith(".seal")) await rename(join(from, name), join(dir, "q", names.sink, name));
    }
    await rm(from, { recursive: true });
  }
}

async function writeBatches(dir: string, batches: number): Promise<void> {
  // Small buffers: eight writers at once.
  const writer = await openSpool({
    ...writerOptions(dir, "memory"),
    fs: unsynced,
    bufferBytes: 4096,
    poolBytesMax: 65_536,
    recordBytesMax: 1024,
  });
  for (let done = 0; done < batches; done++) {
    const room = writer.reserve(record.length);
    if (typeof room === "string") throw new Error(`no room for a batch: ${room}`);
    record.copy(room.buffer, room.offset);
    writer.commit(record.length);
    await writer.roll("size");
  }
  await writer.close();
}
