import { basename } from "node:path";
import type { CrashKind, SimCall } from "@sewer/testkit";
import type { WriterPlan } from "./scenario.ts";
import { Violation } from "./violation.ts";

/** What is known of one writer, by its records' numbers (from 1). */
interface WriterAccount {
  readonly plan: WriterPlan;
  readonly committed: number;
  /** The watermark when it was looked at last. */
  readonly durable: number;
  /** Records up to this one were acknowledged at a level that survives what has happened since. */
  readonly promised: number;
  /** Its process is dead: whoever writes its records now only makes durable what is there. */
  readonly isGone: boolean;
}

/** What is known of a segment's file, by inode. */
interface SegmentAccount {
  readonly writer: number;
  /** Its records whose frame was written whole, and that no crash since may have cost. */
  readonly written: readonly number[];
  /** All that were ever in it, as `<writer>:<number>`. */
  readonly names: readonly string[];
  /** How many of `written` a sync covered that counts. */
  readonly synced: number;
  /** A sync of it failed: what it covers from then on is not to be believed. */
  readonly isSuspect: boolean;
  /** The writer that wrote it lives. */
  readonly isLive: boolean;
}

/** What a sink has of a batch. */
interface DeliveryAccount {
  readonly texts: readonly string[];
  /** Notes that are on disk. */
  readonly notes: readonly string[];
  /** Notes that it has tried to write, those among them. */
  readonly tried: readonly string[];
  readonly state: "given" | "delivered" | "settled" | "quarantined";
}

// An incarnation, a dash, 8 digits.
const batchIdLength = 35;
const recordPattern = /<(\d+):(\d+):x*>/g;

/** The text of a record; unlike any other. */
export function recordText(writer: number, number: number, bytes: number): string {
  const head = `<${writer}:${number}:`;
  return `${head}${"x".repeat(Math.max(0, bytes - head.length - 1))}>`;
}

/**
 * What the world outside of the spool knows: what was acknowledged, what the disk was given and has synced,
 * what the sinks have. It outlives every crash, and is what the spool is held to.
 */
export class Ledger {
  #writers: WriterAccount[] = [];
  #segments = new Map<number, SegmentAccount>();
  /** By `<sink> <batch id>`. */
  #deliveries = new Map<string, DeliveryAccount>();
  #suspects: ReadonlySet<string> = new Set();
  readonly #partial = new Map<number, string>();

  /** The same knowledge once more. */
  copy(): Ledger {
    const copy = new Ledger();
    copy.#writers = [...this.#writers];
    copy.#segments = new Map(this.#segments);
    copy.#deliveries = new Map(this.#deliveries);
    copy.#suspects = this.#suspects;
    return copy;
  }

  /** @returns the number of the new writer. */
  addWriter(plan: WriterPlan): number {
    return this.#writers.push({ plan, committed: 0, durable: 0, promised: 0, isGone: false }) - 1;
  }

  committed(writer: number, number: number): void {
    this.#writers[writer] = { ...this.#writers[writer]!, committed: number };
  }

  /** The writer's watermark stands there now. */
  durable(writer: number, durable: number): void {
    const account = this.#writers[writer]!;
    if (durable < account.durable) throw new Violation("watermark", `moved back to ${durable}`);
    if (durable === account.durable) return;
    if (durable > account.committed) throw new Violation("watermark", `${durable} is not committed yet`);
    const { level } = account.plan;
    if (level === "written" || level === "group") {
      const safe = this.#safe(writer, level === "group");
      for (let number = account.durable + 1; number <= durable; number++) {
        if (safe.has(number)) continue;
        throw new Violation("watermark", `record ${writer}:${number} is acknowledged and not ${level}`);
      }
    }
    this.#writers[writer] = { ...account, durable };
  }

  /** A call of the file system has succeeded. */
  done(call: SimCall, result: unknown, contentOf: (path: string) => Buffer): void {
    if (call.operation === "write" && call.path.endsWith(".open")) {
      this.#noteWrite(call, result as number);
    } else if (call.operation === "datasync") this.#noteSync(call.inode!);
    else if (call.operation === "rename" && call.path.endsWith(".seal")) {
      this.#noteSealed(contentOf(call.path));
    } else if (call.operation === "truncate") this.#noteCut(call.inode!);
  }

  /** A writer's process was killed alone. */
  gone(writer: number): void {
    this.#writers[writer] = { ...this.#writers[writer]!, isGone: true };
    for (const [inode, segment] of this.#segments) {
      if (segment.writer !== writer) continue;
      this.#segments.set(inode, { ...segment, written: this.#survivors(segment, "kill"), isLive: false });
    }
  }

  /** A sync of the file has failed. That of a writer costs something, that of the delivery half must not. */
  syncFailed({ inode, path }: SimCall): void {
    const segment = this.#segments.get(inode!);
    if (segment?.isLive !== true) return;
    this.#suspects = new Set([...this.#suspects, basename(path).slice(0, batchIdLength)]);
    this.#segments.set(inode!, { ...segment, isSuspect: true });
  }

  /** Everything ended; from now on only what survives this is owed. */
  crashed(kind: CrashKind): void {
    for (const [index, account] of this.#writers.entries()) {
      const { level } = account.plan;
      const survives = level === "group" || (level === "written" && kind === "kill");
      const isStill = level === "group" || kind === "kill";
      const promised = Math.max(survives ? account.durable : 0, isStill ? account.promised : 0);
      // Its writer is gone: what was acknowledged counts once.
      this.#writers[index] = { ...account, durable: 0, promised, isGone: true };
    }
    for (const [inode, segment] of this.#segments) {
      this.#segments.set(inode, { ...segment, written: this.#survivors(segment, kind), isLive: false });
    }
  }

  /** Level `group` may have been about to cut off what a failed sync did not cover: it was not acknowledged. */
  #survivors(
    { writer, written, synced, isSuspect, isLive }: SegmentAccount,
    kind: CrashKind,
  ): readonly number[] {
    const isCut = isSuspect && isLive && this.#writers[writer]!.plan.level === "group";
    return kind === "kill" && !isCut ? written : written.slice(0, synced);
  }

  /** A sync of this batch's file failed: nothing can make it durable again. */
  isSuspect(batch: string): boolean {
    return this.#suspects.has(batch);
  }

  /** A sink is given a batch. */
  given(sink: string, batch: string, notes: readonly string[]): void {
    const before = this.#deliveries.get(`${sink} ${batch}`);
    if (before?.state === "settled") {
      throw new Violation("once", `batch ${batch} comes to ${sink} after its acknowledgement`);
    }
    if (before?.state === "quarantined") {
      throw new Violation("once", `batch ${batch} comes to ${sink} after it went to quarantine`);
    }
    for (const note of before?.notes ?? []) {
      if (!notes.includes(note)) throw new Violation("notes", `a note of ${batch} is lost`);
    }
    for (const note of notes) {
      if (before?.tried.includes(note) !== true)
        throw new Violation("notes", `${batch}: nobody noted ${note}`);
    }
    if (before === undefined) {
      this.#deliveries.set(`${sink} ${batch}`, { texts: [], notes: [], tried: [], state: "given" });
    }
  }

  /** A sink is about to note something. */
  noting(sink: string, batch: string, note: string): void {
    const before = this.#deliveries.get(`${sink} ${batch}`)!;
    this.#deliveries.set(`${sink} ${batch}`, { ...before, tried: [...before.tried, note] });
  }

  noted(sink: string, batch: string, note: string): void {
    const before = this.#deliveries.get(`${sink} ${batch}`)!;
    this.#deliveries.set(`${sink} ${batch}`, { ...before, notes: [...before.notes, note] });
  }

  /** A sink has read a batch and stores it under its id. */
  delivered(sink: string, batch: string, texts: readonly string[]): void {
    const before = this.#deliveries.get(`${sink} ${batch}`)!;
    this.#checkOrder(batch, texts);
    if (before.state === "delivered" && !this.#isSame(before.texts, texts)) {
      const what = `batch ${batch} comes to ${sink} again with other records`;
      throw new Violation("content", `${what}: ${headsOf(before.texts)} then ${headsOf(texts)}`);
    }
    this.#deliveries.set(`${sink} ${batch}`, { ...before, texts, state: "delivered" });
  }

  settled(sink: string, batch: string, state: "settled" | "quarantined"): void {
    const before = this.#deliveries.get(`${sink} ${batch}`)!;
    this.#deliveries.set(`${sink} ${batch}`, { ...before, state });
  }

  /** Batches that a sink has, by `<sink> <batch id>`. */
  *having(): Generator<string> {
    for (const [key, { state }] of this.#deliveries) if (state !== "given") yield key;
  }

  /** Holds the sinks, after everything was delivered, against what was promised. */
  checkAll(): void {
    const sets = this.#recordsOfSinks();
    for (const { writer, written } of this.#segments.values()) {
      for (const number of written) this.#checkDelivered(sets, writer, number, "written");
    }
    for (const [writer, { promised }] of this.#writers.entries()) {
      for (let number = 1; number <= promised; number++) {
        this.#checkDelivered(sets, writer, number, "acknowledged");
      }
    }
  }

  #checkDelivered(sets: Map<string, Set<string>>, writer: number, number: number, why: string): void {
    for (const sink of this.#writers[writer]!.plan.sinks) {
      if (sets.get(sink)?.has(`${writer}:${number}`) === true) continue;
      throw new Violation("lost", `record ${writer}:${number} was ${why} and sink ${sink} has it not`);
    }
  }

  /** The records of every sink; one that lies in two batches is a violation. */
  #recordsOfSinks(): Map<string, Set<string>> {
    const sets = new Map<string, Set<string>>();
    const homes = new Map<string, string>();
    for (const [key, { texts }] of this.#deliveries) {
      const [sink, batch] = key.split(" ") as [string, string];
      const set = sets.get(sink) ?? new Set();
      sets.set(sink, set);
      for (const text of texts) {
        const record = nameOf(text);
        set.add(record);
        const home = homes.get(record) ?? batch;
        homes.set(record, batch);
        if (home === batch) continue;
        throw new Violation("twice", `record ${record} is in batch ${home} and in batch ${batch}`);
      }
    }
    return sets;
  }

  /** A batch holds records of one writer, in their order, each as it was committed. */
  #checkOrder(batch: string, texts: readonly string[]): void {
    let last = 0;
    const writers = new Set<number>();
    for (const text of texts) {
      const [, writer, number] = /^<(\d+):(\d+):x*>$/.exec(text) ?? [];
      if (number === undefined) throw new Violation("content", `batch ${batch} holds ${text.slice(0, 40)}`);
      if (Number(number) <= last) throw new Violation("order", `${text.slice(0, 20)} after ${last}`);
      last = Number(number);
      writers.add(Number(writer));
      if (last > (this.#writers[Number(writer)]?.committed ?? 0)) {
        throw new Violation("content", `batch ${batch} holds ${text.slice(0, 20)}, never committed`);
      }
    }
    if (writers.size > 1) throw new Violation("content", `batch ${batch} holds records of two writers`);
  }

  /** After a failed sync what the cache still had may be gone: then a part of it is all that can come. */
  #isSame(before: readonly string[], now: readonly string[]): boolean {
    if (before.length === now.length) return before.every((text, index) => text === now[index]);
    const isSuspect = [...this.#segments.values()].some(
      (segment) => segment.isSuspect && before.some((text) => segment.names.includes(nameOf(text))),
    );
    return isSuspect && now.every((text) => before.includes(text));
  }

  #safe(writer: number, isSynced: boolean): Set<number> {
    const safe = new Set<number>();
    for (const segment of this.#segments.values()) {
      if (segment.writer !== writer) continue;
      const { written, synced } = segment;
      for (const number of isSynced ? written.slice(0, synced) : written) safe.add(number);
    }
    return safe;
  }

  /** The first call of a write has all of it; the frame is there once a call was taken whole. */
  #noteWrite({ inode, bytes }: SimCall, taken: number): void {
    const text = this.#partial.get(inode!) ?? Buffer.from(bytes!).toString("latin1");
    if (taken < bytes!.length) {
      this.#partial.set(inode!, text);
      return;
    }
    this.#partial.delete(inode!);
    for (const [, writer, number] of text.matchAll(recordPattern)) {
      if (this.#writers[Number(writer)]!.isGone) continue;
      const none = {
        writer: Number(writer),
        written: [],
        names: [],
        synced: 0,
        isSuspect: false,
        isLive: true,
      };
      const segment = this.#segments.get(inode!) ?? none;
      const names = [...segment.names, `${writer}:${number}`];
      this.#segments.set(inode!, { ...segment, names, written: [...segment.written, Number(number)] });
    }
  }

  #noteSync(inode: number): void {
    const segment = this.#segments.get(inode);
    if (segment === undefined || segment.isSuspect) return;
    this.#segments.set(inode, { ...segment, synced: segment.written.length });
  }

  /** After a failed sync level `group` cuts off what it has not acknowledged, to write it somewhere else. */
  #noteCut(inode: number): void {
    this.#partial.delete(inode);
    const segment = this.#segments.get(inode);
    if (segment?.isSuspect !== true || !segment.isLive) return;
    this.#segments.set(inode, { ...segment, written: segment.written.slice(0, segment.synced) });
  }

  /** A seal that does not say "suspect" is a promise for all that lies before it, whatever the syncs said. */
  #noteSealed(content: Buffer): void {
    const sealBytes = content.length < 4 ? 0 : content.readUInt32LE(content.length - 4);
    if (sealBytes < 36 || sealBytes > content.length) throw new Violation("seal", "renamed without a seal");
    const reason = content.readUInt32LE(content.length - sealBytes + 32);
    if (reason > 3) return;
    const first = /<(\d+):(\d+):/.exec(content.toString("latin1"));
    if (first === null) return;
    for (const [inode, segment] of this.#segments) {
      const isIt = segment.writer === Number(first[1]) && segment.written.includes(Number(first[2]));
      if (!isIt || !segment.isLive) continue;
      this.#segments.set(inode, { ...segment, synced: segment.written.length, isSuspect: false });
    }
  }
}

function nameOf(text: string): string {
  return text.slice(1, text.lastIndexOf(":"));
}

function headsOf(texts: readonly string[]): string {
  return texts.map(nameOf).join(" ");
}
