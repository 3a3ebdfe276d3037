import { decodeSegmentMeta, recordsOf } from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";
import { readSegment, type SegmentReader } from "@sewer/spool";
import { schemaOf } from "@sewer/writable";
import { damaged, reasonOf } from "./cat-error.ts";
import { rawLine } from "./sequence-file-lines.ts";
import { jsonFields } from "./writable-json.ts";

/** The value of every event in a SequenceFile: VLongWritable(1). */
const one = Buffer.from([1]);

/**
 * One JSON object for each record of a spool segment, null where the event has null.
 *
 * @param isRaw key and value as they will stand in a SequenceFile.
 * @throws SewerError `SEWER_CAT_DAMAGED` after everything readable was given.
 */
export async function* segmentLines(path: string, isRaw: boolean): AsyncGenerator<string, void, undefined> {
  const segment = await readSegment(path, { fs: nodeFileSystem });
  try {
    yield* linesOf(segment, isRaw);
    const [first] = segment.damage;
    if (first === undefined) return;
    const places = segment.damage.length === 1 ? "" : ` (${segment.damage.length} places)`;
    const lost = `${segment.recordsDamaged} records cannot be read${places}`;
    throw damaged(`byte ${first.position}`, `${first.what}; ${lost}`);
  } finally {
    await segment.close();
  }
}

async function* linesOf(segment: SegmentReader, isRaw: boolean): AsyncGenerator<string, void, undefined> {
  if (segment.meta === undefined) throw damaged("byte 0", "no copy of its meta can be read");
  const schema = schemaOf(decodeSegmentMeta(segment.meta).schema);
  for await (const frame of segment.frames()) {
    let number = frame.firstIndex;
    for (const record of recordsOf(frame.payload)) {
      number += 1;
      if (isRaw) {
        yield rawLine({ key: record.subarray(schema.flagBytes), value: one });
        continue;
      }
      try {
        yield JSON.stringify(jsonFields(schema.decodeRecord(record)));
      } catch (error) {
        throw damaged(`record ${number}`, reasonOf(error), error);
      }
    }
  }
}
