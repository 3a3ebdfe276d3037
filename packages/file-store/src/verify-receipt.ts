import { isSewerError, type Receipt, type RecordSchema } from "@sewer/core";
import { accessLogEvent } from "@sewer/writable";
import type { FileDifference, FileStore, WrittenFile } from "./file-store.ts";
import { formatOf } from "./formats/format-of.ts";
import { extensionOf } from "./formats/format.ts";
import { formatOptions, type FormatOptions } from "./options.ts";

/** How closely a file is looked at. */
export interface VerifyReceiptOptions {
  /** True: its records are not counted, so that nothing has to be read where the far side knows a checksum. */
  readonly isQuick?: boolean;
  readonly signal: AbortSignal;
}

/**
 * What was found where a receipt says that a batch lies. `records`: another number of records than the receipt
 * has; `unreadable`: it is damaged, or its blocks cannot be had. The text is a sentence that begins with the place.
 */
export type ReceiptFinding =
  | { readonly kind: "same" }
  | { readonly kind: FileDifference["kind"] | "records" | "unreadable"; readonly text: string };

/** One for each way to read a file; which one a file needs, its ending tells. */
const formats = (
  [
    {},
    { type: "json" },
    { type: "json", compression: "gzip" },
    { type: "json", compression: "zstd" },
  ] satisfies FormatOptions[]
).map((format) => formatOptions.parse(format));

/** Reading a file back counts its records whatever their schema is. */
const anySchema: RecordSchema = { name: accessLogEvent.name, fields: [...accessLogEvent.fields] };

/**
 * Compares a file with what its receipt says. Memory does not grow with the file.
 *
 * @throws SewerError of the store when the far side cannot be asked.
 */
export async function verifyReceipt(
  store: FileStore,
  receipt: Receipt,
  { isQuick = false, signal }: VerifyReceiptOptions,
): Promise<ReceiptFinding> {
  const { destination, records, bytes, checksum } = receipt;
  // A batch of which nothing could be read makes no file.
  if (records === 0 && bytes === 0) return { kind: "same" };
  const path = pathIn(destination);
  if (path === undefined) return { kind: "unreadable", text: `${destination} is no place of a file` };
  const file = { path, bytes, ...(checksum !== undefined && { checksum }) };
  const difference = await differenceOf(store, file, signal);
  if (difference !== undefined) return { ...difference, text: `${destination} ${difference.text}` };
  if (isQuick) return { kind: "same" };
  const counted = await countRecords(store, path, signal);
  if (typeof counted === "number") {
    if (counted === records) return { kind: "same" };
    return { kind: "records", text: `${destination} has ${counted} records, not ${records}` };
  }
  // Is it this file, or the far side as a whole? That throws.
  await store.difference({ path, bytes }, signal);
  return { kind: "unreadable", text: `${destination} ${counted}` };
}

/** What only one file suffers from is found in it: blocks that no DataNode has. */
async function differenceOf(
  store: FileStore,
  file: WrittenFile,
  signal: AbortSignal,
): Promise<FileDifference | { readonly kind: "unreadable"; readonly text: string } | undefined> {
  try {
    return await store.difference(file, signal);
  } catch (error) {
    if (!isSewerError(error) || !store.isWorthAnotherAttempt(error)) throw error;
    return { kind: "unreadable", text: `cannot be compared: ${error.message}` };
  }
}

/** @returns a sentence that goes on from the path when they cannot be counted. */
async function countRecords(store: FileStore, path: string, signal: AbortSignal): Promise<number | string> {
  const format = formats.find((one) => path.endsWith(extensionOf(one)));
  if (format === undefined) return "is of an unknown format: its name has none of the known endings";
  try {
    const digest = await formatOf(format, anySchema).digest(store.read(path, signal));
    return digest?.records ?? "is damaged, or no file of its format";
  } catch (error) {
    signal.throwIfAborted();
    if (!isSewerError(error)) throw error;
    return `cannot be read: ${error.message}`;
  }
}

/** The path that {@link FileStore.locationOf} made a location of: it is all of it, or the end of a URL. */
function pathIn(location: string): string | undefined {
  return /^(?:[a-z][a-z0-9+.-]*:(?:\/\/[^/]*)?)?(\/.*)$/is.exec(location)?.[1];
}
