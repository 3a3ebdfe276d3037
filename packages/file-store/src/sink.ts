import { isIP } from "node:net";
import {
  type Batch,
  type BatchJournal,
  type ComponentContext,
  type JsonObject,
  type MetricSample,
  type Receipt,
  type RecordSchema,
  type SegmentInfo,
  type Sink,
  type SinkCapabilities,
} from "@sewer/core";
import { isUndecided } from "./delivery-journal.ts";
import type { FileStore } from "./file-store.ts";
import { extensionOf } from "./formats/format.ts";
import type { ResolvedFormatOptions } from "./options.ts";
import { completePathPattern, expandPath, parsePathPattern, type PathPattern } from "./path-pattern.ts";
import { encodeFilePlan } from "./plan.ts";
import { FilePublisher } from "./publisher.ts";
import { verifyReceipt, type ReceiptFinding, type VerifyReceiptOptions } from "./verify-receipt.ts";

/** What a {@link FileStoreSink} is made of. */
export interface FileStoreSinkOptions {
  readonly store: FileStore;
  /** A pattern that `parsePathPattern` takes. */
  readonly path: string;
  readonly timeZone: string;
  readonly format: ResolvedFormatOptions;
  /** Makes an expanded path absolute. */
  readonly toAbsolute: (path: string) => string;
  readonly context: ComponentContext;
  /** See FilePublisherOptions. */
  readonly cleanupMs?: number;
  readonly janitorDelayMs?: number;
}

/** A sink that writes each batch as one file of a {@link FileStore}. */
export class FileStoreSink implements Sink {
  readonly capabilities: SinkCapabilities = { atomicPublish: true, idempotentRedelivery: true };
  readonly #options: FileStoreSinkOptions;
  readonly #pattern: PathPattern;
  readonly #publisher: FilePublisher;
  #unregister: (() => void) | undefined;

  /** @throws RangeError for a bad pattern. */
  constructor(options: FileStoreSinkOptions) {
    const { store, format, context } = options;
    this.#options = options;
    this.#pattern = completePathPattern(parsePathPattern(options.path), extensionOf(format));
    this.#publisher = new FilePublisher({
      store,
      sink: context.name,
      clock: context.clock,
      random: context.random,
      logger: context.logger,
      ...(options.cleanupMs !== undefined && { cleanupMs: options.cleanupMs }),
      ...(options.janitorDelayMs !== undefined && { janitorDelayMs: options.janitorDelayMs }),
    });
  }

  /** The file's path and format; see Sink.plan. */
  plan(segment: SegmentInfo, _schema: RecordSchema): JsonObject {
    const { context, format, timeZone, toAbsolute } = this.#options;
    const { hostname, clock, random } = context;
    const path = expandPath(this.#pattern, {
      createdMs: segment.createdMs,
      timeZone,
      tokens: {
        batch: segment.batchId,
        flow: segment.flow,
        host: isIP(hostname) === 0 ? (hostname.split(".")[0] ?? "") : hostname,
        hostname,
        nanos: String(Math.round(clock.monotonic() * 1e6)),
        pid: String(process.pid),
        rand: Buffer.from(random.bytes(4)).toString("hex"),
        thread: "0",
        timestamp: String(segment.createdMs),
      },
    });
    return encodeFilePlan({ path: toAbsolute(path), format });
  }

  async open(signal: AbortSignal, journals: readonly BatchJournal[] = []): Promise<void> {
    await this.#options.store.open(signal);
    await this.#publisher.start(journals);
    this.#unregister ??= this.#options.context.metrics.register(() => this.#samples());
  }

  deliver(batch: Batch, signal: AbortSignal): Promise<Receipt> {
    return this.#publisher.deliver(batch, signal);
  }

  isUndecided(notes: readonly Uint8Array[]): boolean {
    return isUndecided(notes);
  }

  /**
   * Compares a file with its receipt, by its length, its checksum where the receipt has one, and by reading and
   * counting its records. Reads only, and needs no {@link open}.
   *
   * @throws SewerError when the destination cannot be asked.
   */
  verifyReceipt(receipt: Receipt, options: VerifyReceiptOptions): Promise<ReceiptFinding> {
    return verifyReceipt(this.#options.store, receipt, options);
  }

  async close(_signal: AbortSignal): Promise<void> {
    this.#unregister?.();
    this.#unregister = undefined;
    this.#publisher.stop();
    await this.#options.store.close();
  }

  #samples(): MetricSample[] {
    const { flow, name: sink } = this.#options.context;
    const { attemptsFailed, cleanupsFailed, alreadyThere, conflicts, vanished } = this.#publisher.statistics;
    const counter = (name: string, value: number, help: string): MetricSample => ({
      name,
      help,
      type: "counter",
      value,
      labels: { flow, sink },
    });
    return [
      counter("sewer_sink_attempts_failed_total", attemptsFailed, "Attempts to write a batch that failed."),
      counter("sewer_sink_cleanups_failed_total", cleanupsFailed, "Temporary files not deleted at once."),
      counter("sewer_sink_already_there_total", alreadyThere, "Batches found at their destination."),
      counter("sewer_sink_conflicts_total", conflicts, "Batches whose destination was taken."),
      counter("sewer_sink_vanished_total", vanished, "Batches written again, as their file was nowhere."),
      {
        name: "sewer_sink_journals_kept",
        help: "Delivered batches whose left-over temporary files are waited for.",
        type: "gauge",
        value: this.#publisher.janitor.watched,
        labels: { flow, sink },
      },
    ];
  }
}
