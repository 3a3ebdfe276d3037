import { basename } from "node:path";
import { SewerError, type FileHandle, type FileSystem } from "@sewer/core";
import { batchIdIn, endings } from "../rooms.ts";
import { messageOf } from "../file-access.ts";
import { spoolErrors } from "../errors.ts";
import type { SegmentDamage, SegmentFrame, SegmentReader, SegmentSeal } from "../segment.ts";
import { saltOf } from "./crc.ts";
import { frameTypes } from "./frame.ts";
import { readBuffers, ReadBuffers, ReadWindow } from "./read-window.ts";
import { scanFrames } from "./scan.ts";
import { decodeSealPayload, type SealRecord } from "./seal.ts";
import { readHead, type SegmentHead } from "./segment-head.ts";
import { FrameTally } from "./tally.ts";

/** Places of damage that a pass remembers; all are counted. */
const damageMax = 1000;

// Enough for header and meta as they are; the window grows when they are larger.
const headBuffers = new ReadBuffers(4096);

/** A segment file opened for reading. Several passes may run, one after the other or at once. */
export class SegmentFile implements SegmentReader {
  readonly head: SegmentHead;
  readonly bytes: number;
  readonly inode: bigint;
  readonly #handle: FileHandle;
  readonly #buffers: ReadBuffers;
  #damage: readonly SegmentDamage[] = [];
  #tally: FrameTally | undefined;
  #seal: SealRecord | undefined;

  private constructor(
    handle: FileHandle,
    stat: { size: number; inode: bigint },
    head: SegmentHead,
    buffers: ReadBuffers,
  ) {
    this.#handle = handle;
    this.bytes = stat.size;
    this.inode = stat.inode;
    this.head = head;
    this.#seal = head.seal;
    this.#buffers = buffers;
  }

  /** @throws SewerError `SEWER_SPOOL_NOT_A_SEGMENT` when neither its name nor its header tells a batch id. */
  static async open(path: string, fs: FileSystem, buffers: ReadBuffers = readBuffers): Promise<SegmentFile> {
    const handle = await fs.open(path, "read");
    const buffer = headBuffers.take();
    try {
      const stat = await handle.stat();
      const window = new ReadWindow(handle, buffer);
      const head = await readHead(window, stat.size, idInName(basename(path)));
      if (head !== undefined) return new SegmentFile(handle, stat, head, buffers);
      const message = `${path} is no spool segment: neither its name nor its beginning tells a batch id`;
      throw new SewerError(spoolErrors.notASegment, message, { retry: "permanent", context: { path } });
    } catch (error) {
      await handle.close();
      throw error;
    } finally {
      headBuffers.give(buffer);
    }
  }

  get batchId(): string {
    return this.head.batchId;
  }

  get meta(): Buffer | undefined {
    return this.head.meta;
  }

  get createdMs(): number | undefined {
    return this.head.header?.createdMs ?? this.#seal?.firstMs;
  }

  get seal(): SegmentSeal | undefined {
    return this.#seal;
  }

  get damage(): readonly SegmentDamage[] {
    return this.#damage;
  }

  get recordsDamaged(): number {
    return this.#tally === undefined ? 0 : this.recordCount - this.#tally.records;
  }

  /** Records as the writer counted them, as far as that can be known; exact with a seal or after a pass. */
  get recordCount(): number {
    return this.#seal?.recordCount ?? this.#tally?.nextIndex ?? 0;
  }

  /** Counts of the last whole pass. */
  get tally(): FrameTally | undefined {
    return this.#tally;
  }

  async *frames(signal?: AbortSignal): AsyncGenerator<SegmentFrame> {
    this.#refuseNewer(this.head.newerVersion);
    const salt = saltOf(this.batchId);
    const tally = new FrameTally(salt);
    const damage: SegmentDamage[] = [];
    const buffer = this.#buffers.take();
    try {
      const window = new ReadWindow(this.#handle, buffer);
      const range = { salt, from: this.head.framesFrom, to: this.head.framesTo };
      for await (const step of scanFrames(window, range)) {
        signal?.throwIfAborted();
        if (step.kind === "damage") {
          if (damage.length < damageMax) damage.push(withoutKind(step));
        } else if (step.header.type === frameTypes.seal) {
          this.#seal ??= decodeSealPayload(step.payload);
        } else if (step.header.type !== frameTypes.records || step.header.codec !== 0) {
          this.#refuseNewer(step.header.codec);
        } else if (tally.add(step.header)) {
          const { recordCount, firstIndex } = step.header;
          yield { recordCount, firstIndex, position: step.position, payload: step.payload };
        }
      }
      this.#tally = tally;
      this.#damage = damage;
    } finally {
      this.#buffers.give(buffer);
    }
  }

  /** Reads all frames for the counts alone. */
  async verify(signal?: AbortSignal): Promise<FrameTally> {
    const passes = this.frames(signal);
    while (!(await passes.next()).done);
    return this.#tally!;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  #refuseNewer(found: number | undefined): void {
    if (found === undefined) return;
    const message = `segment ${this.batchId} was written by a newer version of this program (${found}); use that one`;
    throw new SewerError(spoolErrors.notASegment, message, { scope: "batch", retry: "permanent" });
  }
}

/** Wraps what the file system said while a batch was read. */
export function unreadable(path: string, cause: unknown): SewerError {
  const message = `${path} cannot be read: ${messageOf(cause)}; it is tried again, check the disk`;
  return new SewerError(spoolErrors.unreadable, message, { context: { path }, cause });
}

function idInName(name: string): string | undefined {
  return batchIdIn(name, endings.sealed) ?? batchIdIn(name, endings.open);
}

function withoutKind({ position, length, what }: SegmentDamage): SegmentDamage {
  return { position, length, what };
}
