import { hadoopCodecPackage } from "../codecs/codec.ts";
import { WritableError, writableErrors } from "../errors.ts";
import { decodeJavaUtf8 } from "../utf8.ts";
import type { FileCursor } from "./file-cursor.ts";
import { sequenceFileVersion, type SequenceFileCompression, type SequenceFileHeader } from "./header.ts";
import { syncMarkerBytes } from "./sync-marker.ts";

/** The first version that has it (SequenceFile.java: BLOCK_COMPRESS_VERSION and so on). */
const since = { syncMarker: 2, compressedFlag: 3, blockFlag: 4, codecClass: 5, metadata: 6 } as const;

/** Names under which the first releases knew some classes (WritableName). */
const aliases: ReadonlyMap<string, string> = new Map([
  ["long", "org.apache.hadoop.io.LongWritable"],
  ["null", "org.apache.hadoop.io.NullWritable"],
  ["UTF8", "org.apache.hadoop.io.UTF8"],
  ["MD5Hash", "org.apache.hadoop.io.MD5Hash"],
]);

/** Reads the header, with the cursor at the file's first byte. */
export async function readHeader(cursor: FileCursor): Promise<SequenceFileHeader> {
  await cursor.begin("header");
  const version = await readVersion(cursor);
  const keyClass = await readClassName(cursor, version);
  const valueClass = await readClassName(cursor, version);
  const compression = await readCompression(cursor, version);
  const codecClass = compression === "none" ? undefined : await readCodecClass(cursor, version);
  const metadata = version < since.metadata ? new Map<string, string>() : await readMetadata(cursor);
  const syncMarker =
    version < since.syncMarker ? undefined : Buffer.from(await cursor.bytes(syncMarkerBytes));
  return { version, keyClass, valueClass, compression, codecClass, metadata, syncMarker };
}

async function readVersion(cursor: FileCursor): Promise<number> {
  const magic = await cursor.bytes(3);
  if (magic.toString("latin1") !== "SEQ") {
    throw new WritableError(writableErrors.notSequenceFile, "no SequenceFile: it does not begin with SEQ", {
      offset: 0,
    });
  }
  const version = (await cursor.bytes(1))[0] ?? 0;
  if (version >= 1 && version <= sequenceFileVersion) return version;
  throw cursor.error(writableErrors.version, `it is of version ${version}, and 1 to 6 are known`);
}

/** Up to version 3 the deprecated UTF8: a uint16 length. A class name has the same bytes in both. */
async function readClassName(cursor: FileCursor, version: number): Promise<string> {
  if (version >= since.blockFlag) return cursor.text();
  const length = (await cursor.bytes(2)).readUInt16BE(0);
  const name = decodeJavaUtf8(await cursor.bytes(length));
  return aliases.get(name) ?? name;
}

async function readCompression(cursor: FileCursor, version: number): Promise<SequenceFileCompression> {
  const isCompressed = version >= since.compressedFlag && (await readBoolean(cursor));
  const isBlock = version >= since.blockFlag && (await readBoolean(cursor));
  if (isBlock && !isCompressed) {
    throw cursor.error(writableErrors.header, "it says block compression, and no compression");
  }
  return isBlock ? "block" : isCompressed ? "record" : "none";
}

async function readBoolean(cursor: FileCursor): Promise<boolean> {
  return (await cursor.bytes(1))[0] !== 0;
}

async function readCodecClass(cursor: FileCursor, version: number): Promise<string> {
  return version < since.codecClass ? `${hadoopCodecPackage}DefaultCodec` : cursor.text();
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
