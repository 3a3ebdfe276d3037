import { isSewerError } from "@sewer/core";
import { openSequenceFile, WritableError, writableErrors, type SequenceFileRecord } from "@sewer/writable";
import { SewerError } from "@sewer/core";
import { pixelErrors } from "../errors.ts";
import { damaged, reasonOf } from "./cat-error.ts";
import { jsonDecoder } from "./writable-json.ts";

/**
 * One JSON object for each record of a SequenceFile.
 *
 * @param isRaw the serialized bytes as hex.
 * @throws SewerError `SEWER_CAT_DAMAGED`, `SEWER_CAT_FORMAT`, and what `chunks` throws.
 */
export async function* sequenceFileLines(
  chunks: AsyncIterable<Buffer>,
  isRaw: boolean,
): AsyncGenerator<string, void, undefined> {
  try {
    const file = await openSequenceFile(chunks);
    const toLine = isRaw ? rawLine : jsonLines(file.header.keyClass, file.header.valueClass);
    for await (const record of file) yield line(record, file.recordCount, toLine);
  } catch (error) {
    throw isSewerError(error) || !(error instanceof WritableError) ? error : failure(error);
  }
}

/** A line with the serialized bytes. */
export function rawLine({ key, value }: SequenceFileRecord): string {
  return JSON.stringify({ key: key.toString("hex"), value: value.toString("hex") });
}

function jsonLines(keyClass: string, valueClass: string): (record: SequenceFileRecord) => string {
  const key = jsonDecoder(keyClass);
  const value = jsonDecoder(valueClass);
  if (key.isEvent) return (record) => JSON.stringify(key.decode(record.key));
  return (record) => JSON.stringify({ key: key.decode(record.key), value: value.decode(record.value) });
}

function line(
  record: SequenceFileRecord,
  number: number,
  toLine: (record: SequenceFileRecord) => string,
): string {
  try {
    return toLine(record);
  } catch (error) {
    throw damaged(`record ${number}`, reasonOf(error), error);
  }
}

function failure(error: WritableError): SewerError {
  if (error.code === writableErrors.codec || error.code === writableErrors.version) {
    return new SewerError(pixelErrors.catFormat, error.message, { retry: "permanent", cause: error });
  }
  return damaged(`byte ${error.offset ?? 0}`, error.message, error);
}
