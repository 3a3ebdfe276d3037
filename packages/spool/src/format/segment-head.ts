import { crc, saltOf } from "./crc.ts";
import {
  decodeHeader,
  headerBytes,
  headerBytesIn,
  magic,
  metaBytesMax,
  preambleBytes,
  type SegmentHeader,
} from "./header.ts";
import type { ReadWindow } from "./read-window.ts";
import { decodeSealFrame, sealFrameBytesIn, type SealRecord } from "./seal.ts";

/** What the two ends of a segment file tell. */
export interface SegmentHead {
  readonly batchId: string;
  /** The version of a newer program that wrote the file; nothing else is known of it then. */
  readonly newerVersion: number | undefined;
  readonly header: SegmentHeader | undefined;
  readonly meta: Buffer | undefined;
  readonly seal: SealRecord | undefined;
  /** Where frames begin; 0 when both headers are damaged: they have to be searched for. */
  readonly framesFrom: number;
  /** Where frames end: at the seal, or at the end of the file. */
  readonly framesTo: number;
}

interface Preamble {
  readonly newerVersion?: number;
  readonly header?: SegmentHeader;
  readonly meta?: Buffer;
}

/**
 * Reads header, meta and seal of a segment. Meta comes from the first of its three copies that verifies.
 *
 * @param batchId As the file's name has it; undefined for a copy under another name.
 * @returns undefined when there is neither a name nor a header to tell the batch id.
 */
export async function readHead(
  window: ReadWindow,
  bytes: number,
  batchId: string | undefined,
): Promise<SegmentHead | undefined> {
  const preamble = await readPreamble(window, batchId);
  const id = batchId ?? preamble.header?.batchId;
  if (id === undefined) return undefined;
  const newerVersion = preamble.newerVersion;
  const sealed = newerVersion === undefined ? await readSeal(window, bytes, saltOf(id)) : undefined;
  const metaBytes = preamble.header?.metaBytes ?? sealed?.seal.meta.length;
  return {
    batchId: id,
    newerVersion,
    header: preamble.header,
    meta: preamble.meta ?? sealed?.seal.meta,
    seal: sealed?.seal,
    framesFrom: metaBytes === undefined ? 0 : preambleBytes(metaBytes),
    framesTo: sealed?.position ?? bytes,
  };
}

async function readPreamble(window: ReadWindow, batchId: string | undefined): Promise<Preamble> {
  const first = await readCopy(window, 0, batchId);
  if (first.meta !== undefined || first.newerVersion !== undefined) return first;
  const at = first.header === undefined ? undefined : headerBytes + first.header.metaBytes;
  const second = await readCopy(window, at ?? (await findHeader(window, batchId)), batchId);
  return second.header === undefined && second.newerVersion === undefined ? first : second;
}

async function readCopy(
  window: ReadWindow,
  position: number | undefined,
  batchId: string | undefined,
): Promise<Preamble> {
  if (position === undefined) return {};
  const length = headerBytesIn(await window.load(position, headerBytes));
  const decoded = decodeHeader(await window.load(position, length), batchId);
  if (decoded === undefined) return {};
  if (decoded.kind === "newer") return { newerVersion: decoded.version };
  const { header } = decoded;
  const meta = await window.load(position + headerBytes, header.metaBytes);
  const isWhole = meta.length === header.metaBytes && crc(meta, saltOf(header.batchId)) === header.metaCrc;
  return isWhole ? { header, meta: Buffer.from(meta) } : { header };
}

/** Where the second header begins, found without the first. */
async function findHeader(window: ReadWindow, batchId: string | undefined): Promise<number | undefined> {
  const reach = headerBytes + metaBytesMax + headerBytes;
  let position = 1;
  for (;;) {
    const rest = await window.load(position, reach - position);
    const found = rest.indexOf(magic);
    if (found === -1) return undefined;
    position += found;
    if (decodeHeader(await window.load(position, headerBytes), batchId) !== undefined) return position;
    position += 1;
  }
}

async function readSeal(
  window: ReadWindow,
  bytes: number,
  salt: number,
): Promise<{ seal: SealRecord; position: number } | undefined> {
  if (bytes < 4) return undefined;
  const trailer = await window.load(bytes - 4, 4);
  const length = trailer.length === 4 ? sealFrameBytesIn(trailer) : undefined;
  if (length === undefined || length > bytes) return undefined;
  const position = bytes - length;
  const seal = decodeSealFrame(await window.load(position, length), salt);
  return seal === undefined ? undefined : { seal, position };
}
