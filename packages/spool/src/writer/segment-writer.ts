import { strict as assert } from "node:assert";
import { SewerError, type Reservation, type ReservationRefusal } from "@sewer/core";
import { batchIdOf } from "../batch-id.ts";
import { spoolErrors } from "../errors.ts";
import { frameHeaderBytes, recordBytesMax, recordHeaderBytes } from "../format/frame.ts";
import { metaBytesMax } from "../format/header.ts";
import type { Lock } from "../lock-provider.ts";
import { rooms } from "../rooms.ts";
import type { SealReason, SpoolWriter, SpoolWriterOptions, SpoolWriterStatistics } from "../writer.ts";
import { DiskBudget } from "./disk-budget.ts";
import { DiskFloor } from "./disk-floor.ts";
import { DiskQueue, type DiskQueueOwner, type FrameEnd } from "./disk-queue.ts";
import { durabilityLevel, Watermark } from "./durability.ts";
import { BufferPool, type FrameBuffer } from "./frame-buffer.ts";
import { FlushTimer } from "./flush-timer.ts";
import { RollTimer } from "./roll-timer.ts";
import { SegmentDraft } from "./segment-draft.ts";
import { writerSamples } from "./writer-metrics.ts";

// The index of a record in its segment has 32 bits and a record at least 4 bytes.
const segmentBytesMax = 8 * 1024 ** 3;
const overheadBytes = frameHeaderBytes + recordHeaderBytes;
const defaults = {
  bufferBytes: 256 * 1024,
  poolBytesMax: 16 * 1024 * 1024,
  unsyncedBytesMax: 8 * 1024 * 1024,
  flushEveryMs: 10,
  measureEveryMs: 10_000,
  spaceEveryMs: 1000,
  closeWithinMs: 5000,
};

type Obstacle = keyof SpoolWriterStatistics["refused"];

/** What a {@link SegmentWriter} starts from: a directory of its own, locked. */
export interface SegmentWriterStart {
  readonly incarnation: string;
  readonly lock: Lock;
}

/**
 * The writing half. `reserve` and `commit` only move numbers in buffers; everything that touches the disk is
 * the {@link DiskQueue}'s.
 */
export class SegmentWriter implements SpoolWriter, DiskQueueOwner {
  readonly incarnation: string;
  readonly #options: SpoolWriterOptions;
  readonly #lock: Lock;
  readonly #directory: string;
  readonly #pool: BufferPool;
  readonly #queue: DiskQueue;
  readonly #budget: DiskBudget;
  readonly #floor: DiskFloor;
  readonly #isDurableByCommit: boolean;
  readonly #watermark = new Watermark();
  readonly #rollTimer: RollTimer;
  readonly #flushTimer: FlushTimer;
  readonly #rollBytes: number;
  readonly #recordBytesMax: number;
  readonly #reservation: { buffer: Buffer; offset: number } = { buffer: Buffer.alloc(0), offset: 0 };
  readonly #roomListeners = new Set<() => void>();
  readonly #sealListeners = new Set<(sealed: { batchId: string; records: number }) => void>();
  readonly #failureListeners = new Set<(error: SewerError) => void>();
  readonly #unregister: () => void;
  readonly #refused = { budget: 0, floor: 0, disk: 0, failed: 0 };

  #state: "open" | "failed" | "closed" = "open";
  #closing: Promise<void> | undefined;
  #sequence = 0;
  /** Gets the next record. */
  #segment: SegmentDraft;
  /** Is being filled; belongs to a segment once it holds a record. */
  #frame: FrameBuffer | undefined;
  #reservedBytes = -1;
  /** By the newest reservation, granted or not. */
  #askedBytes = 0;
  #isFlushDue = false;
  #isWaitedFor = false;
  #recordsAppended = 0;
  #bytesAppended = 0;
  #bytesBuffered = 0;
  /** Records that are in a file, or never will be. */
  #recordsSettled = 0;
  #recordsLost = 0;
  #waits = 0;

  constructor(options: SpoolWriterOptions, start: SegmentWriterStart) {
    const { fs, clock, logger } = options;
    this.#options = options;
    this.incarnation = start.incarnation;
    this.#lock = start.lock;
    this.#directory = rooms.writer(options.dir, start.incarnation);
    this.#pool = new BufferPool(
      options.bufferBytes ?? defaults.bufferBytes,
      options.poolBytesMax ?? defaults.poolBytesMax,
    );
    this.#recordBytesMax = Math.min(options.recordBytesMax ?? recordBytesMax, recordBytesMax);
    const flushEveryMs = options.flushEveryMs ?? defaults.flushEveryMs;
    this.#flushTimer = new FlushTimer(clock, flushEveryMs, () => this.#filling?.sinceMs, this.#flush);
    this.#rollBytes = Math.min(options.rollBytes, segmentBytesMax);
    this.#rollTimer = new RollTimer(clock, options.rollEveryMs, options.rollAlign, () => this.#roll("age"));
    const level = durabilityLevel(options);
    this.#isDurableByCommit = level.durableWhen === "committed";
    const unsyncedBytesMax = options.unsyncedBytesMax ?? defaults.unsyncedBytesMax;
    this.#queue = new DiskQueue({ owner: this, level, unsyncedBytesMax, fs, clock, logger });
    this.#budget = new DiskBudget({
      dir: options.dir,
      bytesMax: options.maxBytes,
      measureEveryMs: options.measureEveryMs ?? defaults.measureEveryMs,
      fs,
      clock,
      logger,
      onRoom: () => this.#tellRoom(),
    });
    this.#floor = new DiskFloor({
      dir: options.dir,
      minFreeBytes: options.minFreeBytes,
      checkEveryMs: options.spaceEveryMs ?? defaults.spaceEveryMs,
      fs,
      clock,
      logger,
      onRoom: () => this.#tellRoom(),
    });
    this.#segment = this.#newSegment();
    this.#unregister = options.metrics.register(() => writerSamples(this.statistics));
    this.#queue.wake();
  }

  get durable(): number {
    return this.#watermark.durable;
  }

  get statistics(): SpoolWriterStatistics {
    return {
      ...this.#queue.counters,
      recordsAppended: this.#recordsAppended,
      bytesAppended: this.#bytesAppended,
      refused: { ...this.#refused },
      obstacle: this.#obstacleTo(this.#askedBytes),
      waits: this.#waits,
      recordsLost: this.#recordsLost,
      ...this.#window(),
      bytesFree: this.#floor.freeBytes,
      bytesUsed: this.#budget.used,
    };
  }

  reserve(bytesMax: number): Reservation | ReservationRefusal {
    assert(bytesMax <= this.#recordBytesMax, "a record larger than recordBytesMax was reserved");
    this.#reservedBytes = -1;
    this.#askedBytes = bytesMax;
    const obstacle = this.#obstacleTo(bytesMax);
    if (obstacle !== undefined) {
      if (!this.#isRefusedBy(obstacle)) return this.#wait();
      this.#refused[obstacle] += 1;
      return "full";
    }
    let frame = this.#frame;
    if (frame === undefined || frame.position + recordHeaderBytes + bytesMax > frame.buffer.length) {
      frame = this.#changeFrame(bytesMax);
      if (frame === undefined) return this.#wait();
    }
    this.#reservedBytes = bytesMax;
    this.#reservation.buffer = frame.buffer;
    this.#reservation.offset = frame.position + recordHeaderBytes;
    return this.#reservation;
  }

  get isFull(): boolean {
    const obstacle = this.#obstacleTo(this.#askedBytes);
    return obstacle !== undefined && this.#isRefusedBy(obstacle);
  }

  commit(length: number): number {
    const frame = this.#frame;
    assert(frame !== undefined && length <= this.#reservedBytes, "a commit needs a reservation as large");
    if (frame.recordCount === 0) this.#beginFrame(frame);
    const bytes = recordHeaderBytes + length;
    frame.buffer.writeUInt32LE(length, frame.position);
    frame.position += bytes;
    frame.recordCount += 1;
    this.#reservedBytes = -1;
    this.#segment.bytesPlanned += bytes;
    this.#budget.append(bytes);
    this.#bytesBuffered += bytes;
    this.#bytesAppended += length;
    this.#recordsAppended += 1;
    if (this.#isDurableByCommit) this.#watermark.advance(1);
    if (this.#segment.bytesPlanned >= this.#rollBytes) this.#roll("size");
    else if (frame.isOversize) this.#cutFrame();
    return this.#recordsAppended;
  }

  onDurable(listener: () => void): () => void {
    return this.#watermark.onMove(listener);
  }

  onRoom(listener: () => void): () => void {
    return subscribe(this.#roomListeners, listener);
  }

  onSeal(listener: (sealed: { batchId: string; records: number }) => void): () => void {
    return subscribe(this.#sealListeners, listener);
  }

  onFailure(listener: (error: SewerError) => void): () => void {
    return subscribe(this.#failureListeners, listener);
  }

  async roll(reason: "age" | "size" | "stop" = "stop"): Promise<void> {
    if (this.#segment.birth !== undefined) await this.#seal(reason);
  }

  measure(): void {
    this.#budget.plan(() => void this.measureNow(), true);
  }

  /** Looks how much room there is, and from now on from time to time. */
  async watchRoom(): Promise<void> {
    const writtenBytes = (): number => this.#bytesAppended - this.#bytesBuffered;
    await Promise.all([this.measureNow(), this.#floor.watch(writtenBytes)]);
  }

  /** Measures the directory and plans the next time. */
  async measureNow(): Promise<void> {
    await this.#budget.measure(this.#bytesBuffered);
    this.#budget.plan(() => void this.measureNow());
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  // What the disk queue asks for.

  get upcoming(): SegmentDraft | undefined {
    return this.#state === "open" ? this.#segment : undefined;
  }

  takeDueFrame(): FrameBuffer | undefined {
    return this.#isFlushDue ? this.#takeFrame() : undefined;
  }

  successorOf(segment: SegmentDraft): SegmentDraft {
    const successor = this.#newSegment();
    if (this.#segment === segment) this.#segment = successor;
    return successor;
  }

  begin(segment: SegmentDraft): void {
    const createdMs = this.#options.clock.now();
    const meta = Buffer.from(this.#options.meta({ batchId: segment.batchId, createdMs }));
    assert(meta.length <= metaBytesMax, "a segment's meta is longer than 64 KiB");
    segment.begin({ createdMs, meta });
    this.#budget.append(segment.bytesPlanned);
    if (segment === this.#segment) this.#rollTimer.start(createdMs);
  }

  frameWritten(frame: FrameBuffer, isWritten: boolean): void {
    this.#countUnwritten(frame, isWritten ? -1 : 1);
  }

  frameDone(frame: FrameBuffer, end: FrameEnd): void {
    if (end === "lost") {
      this.#recordsLost += frame.recordCount;
      this.#countUnwritten(frame, -1);
    }
    if (end !== "safe") this.#watermark.stop();
    else if (!this.#isDurableByCommit) this.#watermark.advance(frame.recordCount);
    this.#pool.give(frame);
    if (!this.#pool.isExhausted) this.#tellRoom();
  }

  sealed(segment: SegmentDraft): void {
    const sealed = { batchId: segment.batchId, records: segment.records };
    for (const listener of this.#sealListeners) listener(sealed);
  }

  stalled(): void {
    // Whoever waits for a buffer is to hear "full" now, not after the disk has changed its mind.
    this.#tellRoom();
  }

  failed(error: SewerError): void {
    if (this.#state === "open") this.#state = "failed";
    this.#options.logger.error({ code: error.code }, error.message);
    for (const listener of this.#failureListeners) listener(error);
    this.#tellRoom();
  }

  /** The current frame, if it holds a record. */
  get #filling(): FrameBuffer | undefined {
    return this.#frame !== undefined && this.#frame.recordCount > 0 ? this.#frame : undefined;
  }

  /** What would be lost by a kill, and what by a power cut. */
  #window(): Pick<SpoolWriterStatistics, "unwritten" | "unsynced"> {
    const nowMs = this.#options.clock.monotonic();
    const unwrittenSinceMs = (this.#queue.oldestUnwritten ?? this.#filling)?.sinceMs ?? nowMs;
    let unsyncedSinceMs = unwrittenSinceMs;
    let bytes = this.#bytesBuffered;
    let records = this.#recordsAppended - this.#recordsSettled;
    const unwritten = { records, bytes, ageMs: nowMs - unwrittenSinceMs };
    for (const segment of this.#queue.unsyncedSegments) {
      bytes += segment.unsyncedBytes;
      records += segment.unsyncedRecords;
      unsyncedSinceMs = Math.min(unsyncedSinceMs, segment.unsyncedSinceMs ?? nowMs);
    }
    return { unwritten, unsynced: { records, bytes, ageMs: nowMs - unsyncedSinceMs } };
  }

  #countUnwritten(frame: FrameBuffer, sign: 1 | -1): void {
    this.#bytesBuffered += sign * frame.position;
    this.#recordsSettled -= sign * frame.recordCount;
  }

  #newSegment(): SegmentDraft {
    this.#sequence += 1;
    return new SegmentDraft(this.#directory, batchIdOf(this.incarnation, this.#sequence));
  }

  /** Another frame, with room for a record of this size; the one so far goes to the disk. */
  #changeFrame(bytesMax: number): FrameBuffer | undefined {
    const frame = this.#frame;
    if (frame !== undefined && frame.recordCount > 0) this.#cutFrame();
    else if (frame !== undefined) this.#pool.give(frame);
    this.#frame = this.#pool.take(overheadBytes + bytesMax);
    return this.#frame;
  }

  /** What keeps a record of that size from being taken, buffers aside. */
  #obstacleTo(bytesMax: number): Obstacle | undefined {
    if (this.#state !== "open") return "failed";
    // While the disk refuses, everything committed would be in memory only, for as long as that lasts.
    if (this.#queue.isStalled) return "disk";
    if (!this.#budget.hasRoomFor(bytesMax + overheadBytes)) return "budget";
    if (!this.#floor.hasRoomUpTo(this.#bytesAppended + bytesMax)) return "floor";
    return undefined;
  }

  /** `block` waits for whatever may pass. */
  #isRefusedBy(obstacle: Obstacle): boolean {
    return obstacle === "failed" || this.#options.onFull !== "block";
  }

  #wait(): ReservationRefusal {
    this.#waits += 1;
    this.#isWaitedFor = true;
    return "wait";
  }

  #beginFrame(frame: FrameBuffer): void {
    if (this.#segment.birth === undefined) this.begin(this.#segment);
    frame.segment = this.#segment;
    this.#segment.bytesPlanned += frameHeaderBytes;
    this.#budget.append(frameHeaderBytes);
    this.#bytesBuffered += frameHeaderBytes;
    frame.sinceMs = this.#options.clock.monotonic();
    // Where an answer waits for the disk, the disk begins as soon as it is idle and this turn has ended.
    if (!this.#isDurableByCommit) this.#flush();
    else this.#flushTimer.start();
  }

  readonly #flush = (): void => {
    this.#isFlushDue = true;
    this.#queue.wake();
  };

  /** Ends the current frame, if it holds a record. */
  #takeFrame(): FrameBuffer | undefined {
    this.#isFlushDue = false;
    const frame = this.#filling;
    if (frame === undefined) return undefined;
    frame.lastMs = this.#options.clock.now();
    this.#frame = undefined;
    this.#reservedBytes = -1;
    return frame;
  }

  #cutFrame(): void {
    const frame = this.#takeFrame();
    if (frame !== undefined) this.#queue.write(frame);
  }

  #roll(reason: SealReason): void {
    void this.#seal(reason);
  }

  async #seal(reason: SealReason): Promise<void> {
    this.#rollTimer.stop();
    this.#cutFrame();
    const segment = this.#segment;
    this.#segment = this.#newSegment();
    await this.#queue.seal(segment, reason);
  }

  #tellRoom(): void {
    if (!this.#isWaitedFor) return;
    this.#isWaitedFor = false;
    for (const listener of this.#roomListeners) listener();
  }

  async #close(): Promise<void> {
    const { closeWithinMs = defaults.closeWithinMs, fs } = this.#options;
    const failedBefore = this.#state === "failed";
    this.#state = "closed";
    this.#rollTimer.stop();
    this.#budget.close();
    this.#floor.close();
    const lostBefore = this.#recordsLost;
    // Also when it looks empty: frames of a segment whose sync failed may be on their way into it.
    this.#roll("stop");
    await this.#queue.end(closeWithinMs);
    await this.#segment.discard(fs).catch(() => {});
    this.#unregister();
    this.#lock.release();
    const lost = this.#recordsLost - lostBefore;
    if (lost === 0 || failedBefore) return;
    const message = `${lost} records could not be written before the spool closed: the disk refused them for ${closeWithinMs} ms`;
    throw new SewerError(spoolErrors.notWritten, message, { retry: "permanent", context: { records: lost } });
  }
}

function subscribe<Listener>(listeners: Set<Listener>, listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
