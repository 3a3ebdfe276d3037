import type { Batch, BatchOrigin, Frame } from "@sewer/core";

/** What a {@link memoryBatch} is made of. */
export interface MemoryBatchOptions {
  readonly id: string;
  /** UTF-8 JSON of a segment's meta. */
  readonly meta: Buffer;
  /** As in the spool: null flags, then Writable bytes. */
  readonly records: readonly Uint8Array[];
  /** @default "fresh" */
  readonly origin?: BatchOrigin;
  /** Records in a frame. @default 100 */
  readonly frameRecords?: number;
  /** How many records the batch says it has, if it is to lie. @default what it has */
  readonly readableCount?: number;
}

/** A batch of the spool that has no file: for tests of sinks. Its journal is an array. */
export function memoryBatch(options: MemoryBatchOptions): Batch {
  const { id, meta, records, origin = "fresh", frameRecords = 100 } = options;
  const notes: Uint8Array[] = [];
  let readableCount: number | undefined;
  return {
    id,
    meta,
    origin,
    recordCount: records.length,
    bytes: records.reduce((sum, record) => sum + record.length + 4, 0),
    firstMs: 0,
    lastMs: 0,
    async *frames(signal) {
      for (let start = 0; start < records.length; start += frameRecords) {
        signal.throwIfAborted();
        yield frameOf(records.slice(start, start + frameRecords));
      }
      readableCount = options.readableCount ?? records.length;
    },
    get readableCount() {
      return readableCount;
    },
    note: async (bytes) => void notes.push(Uint8Array.from(bytes)),
    notes: async () => [...notes],
    endJournal: async () => notes.splice(0).length >= 0,
  };
}

function frameOf(records: readonly Uint8Array[]): Frame {
  const pieces = records.flatMap((record) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(record.length);
    return [length, record];
  });
  return { recordCount: records.length, payload: Buffer.concat(pieces) };
}
