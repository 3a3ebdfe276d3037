export { ManualClock } from "./manual-clock.ts";
export { seededRandom } from "./seeded-random.ts";
export { memoryBatch, type MemoryBatchOptions } from "./memory-batch.ts";
export { exampleMeta, plannedBatch, type ExampleMeta } from "./planned-batch.ts";
export { loadMutant, mutate, type SourceMutant } from "./source-mutant.ts";
export { runSource, type SourceRun } from "./run-source.ts";
export { FaultFileSystem, type FaultOperation, type FaultVerdict } from "./fault-file-system.ts";
export { SimDisk, type CrashKind, type SimCall, type SimDiskOptions } from "./sim/sim-disk.ts";
export type { SimFileSystem, SimLocks } from "./sim/sim-file-system.ts";
