/**
 * The history of what was delivered: `receipts/YYYY-MM-DD.jsonl`, one JSON object a line, days in UTC.
 *
 * ```
 * {"v":1,"batch":...,"sink":...,"destination":...,"records":n,"bytes":n,"checksum":...,"time":ms}
 * {"v":1,"batch":...,"sink":...,"lost":n,"reason":"damaged" or "dropped","time":ms}
 * ```
 *
 * Its key is (batch, sink): a later receipt replaces an earlier one. Recovery never reads it.
 */
import { join } from "node:path";
import type { Clock, FileHandle, FileSystem, Receipt } from "@sewer/core";
import { ensureDirectory, listDirectory, readFully, unlinkIfThere } from "../file-access.ts";
import { rooms } from "../rooms.ts";
import { AppendFile } from "./append-file.ts";

const dayMs = 86_400_000;
const lineBytesMax = 64 * 1024;
const newline = 10;

/** Which batch and sink a line is about. */
export interface ReceiptKey {
  readonly batch: string;
  readonly sink: string;
}

/** Appends receipts, and deletes the days that are older than `keepMs`. */
export class ReceiptLog {
  readonly #fs: FileSystem;
  readonly #clock: Clock;
  readonly #directory: string;
  readonly #keepMs: number;
  #day: AppendFile | undefined;

  constructor(fs: FileSystem, clock: Clock, dir: string, keepMs: number) {
    this.#fs = fs;
    this.#clock = clock;
    this.#directory = rooms.receipts(dir);
    this.#keepMs = keepMs;
  }

  /** Writes that a sink has a batch, and what of it could not be read; settles once that is on disk. */
  async append(key: ReceiptKey, receipt: Receipt, recordsLost: number): Promise<void> {
    const time = this.#clock.now();
    const { destination, records, bytes, checksum } = receipt;
    const lines: object[] = [{ v: 1, ...key, destination, records, bytes, checksum, time }];
    if (recordsLost > 0) lines.push({ v: 1, ...key, lost: recordsLost, reason: "damaged", time });
    await this.#append(lines, time);
  }

  /** Writes that these batches are dropped, and with them so many records each; settles once that is on disk. */
  async appendDropped(batches: readonly (ReceiptKey & { readonly lost: number })[]): Promise<void> {
    const time = this.#clock.now();
    await this.#append(
      batches.map(({ batch, sink, lost }) => ({ v: 1, batch, sink, lost, reason: "dropped", time })),
      time,
    );
  }

  /** Deletes the files of days that ended more than `keepMs` ago. */
  async purge(): Promise<void> {
    const oldest = this.#clock.now() - this.#keepMs;
    for (const name of await listDirectory(this.#fs, this.#directory)) {
      const day = dayOfReceipts(name);
      if (day !== undefined && day.endMs <= oldest)
        await unlinkIfThere(this.#fs, join(this.#directory, name));
    }
  }

  async #append(lines: readonly object[], time: number): Promise<void> {
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    await (await this.#fileOf(time)).append(Buffer.from(text, "utf8"));
  }

  async #fileOf(time: number): Promise<AppendFile> {
    const path = join(this.#directory, `${new Date(time).toISOString().slice(0, 10)}.jsonl`);
    if (this.#day?.path === path) return this.#day;
    await ensureDirectory(this.#fs, this.#directory);
    // Two receipts at once must not make two of them.
    if (this.#day?.path !== path) this.#day = new AppendFile(this.#fs, path, endOfLines);
    return this.#day;
  }
}

/** The day that a file of receipts is of, and when it ends, epoch milliseconds; undefined for other names. */
export function dayOfReceipts(name: string): { readonly endMs: number } | undefined {
  const day = /^(\d{4}-\d{2}-\d{2})\.jsonl$/.exec(name)?.[1];
  const startMs = day === undefined ? NaN : Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(startMs) ? undefined : { endMs: startMs + dayMs };
}

async function endOfLines(handle: FileHandle, bytes: number): Promise<number> {
  const from = Math.max(0, bytes - lineBytesMax);
  const tail = Buffer.alloc(bytes - from);
  return from + tail.subarray(0, await readFully(handle, tail, from)).lastIndexOf(newline) + 1;
}
