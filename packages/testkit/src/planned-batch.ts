import { encodeSegmentMeta, type Batch, type JsonObject, type RecordSchema } from "@sewer/core";
import { memoryBatch, type MemoryBatchOptions } from "./memory-batch.ts";

/** What is in the meta of a {@link plannedBatch}. */
export interface ExampleMeta {
  readonly schema: RecordSchema;
  /** What each sink has planned, by its name. */
  readonly sinks: Readonly<Record<string, JsonObject>>;
}

/** The meta of a segment that flow `pixel` wrote on host `h1`. */
export function exampleMeta({ schema, sinks }: ExampleMeta): Buffer {
  return encodeSegmentMeta({ v: 1, flow: "pixel", schema, host: "h1", createdMs: 0, sinks });
}

/** A {@link memoryBatch} as the spool would give it to one of the sinks. */
export function plannedBatch({
  schema,
  sinks,
  ...batch
}: Omit<MemoryBatchOptions, "meta"> & ExampleMeta): Batch {
  return memoryBatch({ ...batch, meta: exampleMeta({ schema, sinks }) });
}
