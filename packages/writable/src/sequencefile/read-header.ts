import { WritableError, writableErrors } from "../errors.ts";
import type { FileCursor } from "./file-cursor.ts";
import { sequenceFileVersion, type SequenceFileHeader } from "./header.ts";
import { syncMarkerBytes } from "./sync-marker.ts";

/** Reads the header, with the cursor at the file's first byte. */
export async function readHeader(cursor: FileCursor): Promise<SequenceFileHeader> {
  await cursor.begin("header");
  await readVersion(cursor);
  const keyClass = await cursor.text();
  const valueClass = await cursor.text();
  const isCompressed = (await cursor.bytes(1))[0] !== 0;
  const isBlock = (await cursor.bytes(1))[0] !== 0;
  if (isBlock && !isCompressed) {
    throw cursor.error(writableErrors.header, "it says block compression, and no compression");
  }
  if (isCompressed && !isBlock) {
    throw cursor.error(writableErrors.codec, "record compression is not supported");
  }
  const codecClass = isCompressed ? await cursor.text() : undefined;
  const metadata = await readMetadata(cursor);
  const syncMarker = Buffer.from(await cursor.bytes(syncMarkerBytes));
  const compression = isBlock ? "block" : "none";
  return { keyClass, valueClass, compression, codecClass, metadata, syncMarker };
}

async function readVersion(cursor: FileCursor): Promise<void> {
  const magic = await cursor.bytes(3);
  if (magic.toString("latin1") !== "SEQ") {
    throw new WritableError(writableErrors.notSequenceFile, "no SequenceFile: it does not begin with SEQ", {
      offset: 0,
    });
  }
  const version = (await cursor.bytes(1))[0] ?? 0;
  if (version === sequenceFileVersion) return;
  throw cursor.error(writableErrors.version, `it is of version ${version}, and 6 is supported`);
}

async function readMetadata(cursor: FileCursor): Promise<Map<string, string>> {
  const count = (await cursor.bytes(4)).readInt32BE(0);
  if (count < 0) throw cursor.error(writableErrors.header, `it has ${count} metadata entries`);
  const metadata = new Map<string, string>();
  for (let index = 0; index < count; index++) {
    metadata.set(await cursor.text(), await cursor.text());
    // Entries are small but may be many: together they count as one buffer.
    cursor.checkLength(cursor.position);
  }
  return metadata;
}
