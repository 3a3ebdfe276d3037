/** Appends records at a steady rate, as one of the {@link AppendVariant}s: `append-role.ts VARIANT DIR`. */
import { join } from "node:path";
import { openSpool, type SpoolWriter } from "@sewer/spool";
import { answerAsks } from "../answer-asks.ts";
import { BareLog } from "../bare-log.ts";
import { cpuSince, cpuTime } from "../cpu-time.ts";
import { sampleRecords } from "../records.ts";
import { sealedBelow, writerOptions } from "../spool-files.ts";

/** 70,000 records a second. */
const recordsPerMs = 70;
/** Longer than anything waits in memory. */
const settleMs = 50;

/** Takes one record; false when there is no room for it now. */
type Append = (record: Buffer) => boolean;

const [variant = "", dir = ""] = process.argv.slice(2);
const records = sampleRecords();
let round = 0;

answerAsks({ run: (count: number) => run(count) });

async function run(count: number): Promise<object> {
  round += 1;
  if (variant === "interval" || variant === "group") return runSpool(variant, count);
  if (variant === "none") return measure(count, () => true);
  const options = { isChecked: variant === "checked", isSynced: variant === "bare-group" };
  const log = await BareLog.open(join(dir, `${variant}-${round}`), options);
  const used = await measure(count, (record) => log.append(record));
  await log.close();
  return used;
}

async function runSpool(durability: "interval" | "group", count: number): Promise<object> {
  const spoolDir = join(dir, `${durability}-${round}`);
  const writer = await openSpool(writerOptions(spoolDir, durability));
  const used = await measure(count, (record) => appendTo(writer, record));
  const { recordsAppended } = writer.statistics;
  await writer.close();
  if (recordsAppended !== count) throw new Error(`${recordsAppended} records of ${count} were appended`);
  return { ...used, bytesOnDisk: (await sealedBelow(spoolDir)).bytes };
}

function appendTo(writer: SpoolWriter, record: Buffer): boolean {
  const room = writer.reserve(record.length);
  if (room === "wait") return false;
  if (room === "full") throw new Error("the spool is full");
  record.copy(room.buffer, room.offset);
  writer.commit(record.length);
  return true;
}

function measure(count: number, append: Append): Promise<object> {
  const before = cpuTime();
  const startMs = performance.now();
  let done = 0;
  return new Promise((resolve, reject) => {
    const tick = (): void => {
      try {
        const due = Math.min(count, Math.floor((performance.now() - startMs) * recordsPerMs));
        while (done < due && append(records[done % records.length]!)) done += 1;
      } catch (error) {
        return reject(error);
      }
      if (done < count) setTimeout(tick, 1);
      else setTimeout(() => resolve({ ...cpuSince(before), count: done }), settleMs);
    };
    tick();
  });
}
