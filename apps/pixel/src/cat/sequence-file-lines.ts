import { isSewerError, SewerError } from "@sewer/core";
import { openSequenceFile, WritableError, writableErrors, type SequenceFileRecord } from "@sewer/writable";
import { pixelErrors } from "../errors.ts";
import { damaged, reasonOf } from "./cat-error.ts";
import { jsonDecoder } from "./writable-json.ts";

/**
 * One JSON object for each record of a SequenceFile, those behind damage too.
 *
 * @param isRaw the serialized bytes as hex.
 * @throws SewerError `SEWER_CAT_DAMAGED` for the first damage, once everything that is whole was given;
 * `SEWER_CAT_FORMAT`, and what `chunks` throws.
 */
export async function* sequenceFileLines(
  chunks: AsyncIterable<Buffer>,
  isRaw: boolean,
): AsyncGenerator<string, void, undefined> {
  const damage = new DamageNotes();
  try {
    const file = await openSequenceFile(chunks, { onDamage: ({ error }) => damage.note(failure(error)) });
    const toLine = isRaw ? rawLine : jsonLines(file.header.keyClass, file.header.valueClass);
    for await (const record of file) {
      const line = lineOf(record, file.recordCount, toLine);
      if (typeof line === "string") yield line;
      else damage.note(line);
    }
  } catch (error) {
    throw isSewerError(error) || !(error instanceof WritableError) ? error : failure(error);
  }
  damage.throwFirst();
}

/** What was damaged: the first place, and how many there were. */
class DamageNotes {
  #first: SewerError | undefined;
  #count = 0;

  note(error: SewerError): void {
    this.#first ??= error;
    this.#count++;
  }

  throwFirst(): void {
    if (this.#first === undefined) return;
    if (this.#count === 1) throw this.#first;
    const { code, message, retry, scope, cause } = this.#first;
    throw new SewerError(code, `${message} (the first of ${this.#count} places)`, { retry, scope, cause });
  }
}

/** A line with the serialized bytes. */
export function rawLine({ key, value }: Pick<SequenceFileRecord, "key" | "value">): string {
  return JSON.stringify({ key: key.toString("hex"), value: value.toString("hex") });
}

function jsonLines(keyClass: string, valueClass: string): (record: SequenceFileRecord) => string {
  const key = jsonDecoder(keyClass);
  const value = jsonDecoder(valueClass);
  if (key.isEvent) return (record) => JSON.stringify(key.decode(record.key));
  return (record) => JSON.stringify({ key: key.decode(record.key), value: value.decode(record.value) });
}

/** The record's line, or why there is none. */
function lineOf(
  record: SequenceFileRecord,
  number: number,
  toLine: (record: SequenceFileRecord) => string,
): string | SewerError {
  try {
    return toLine(record);
  } catch (error) {
    return damaged(`record ${number}`, reasonOf(error), error);
  }
}

function failure(error: WritableError): SewerError {
  if (error.code === writableErrors.codec || error.code === writableErrors.version) {
    return new SewerError(pixelErrors.catFormat, error.message, { retry: "permanent", cause: error });
  }
  return damaged(`byte ${error.offset ?? 0}`, error.message, error);
}
