/** A file to write. */
export interface FileUpload {
  /** Absolute path with `/`; nothing lies there yet. */
  readonly path: string;
  /**
   * The file's bytes, in pieces of about 1 MiB. If it throws, the file must not look finished: the store
   * tears the write down and throws the same error.
   */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Bytes of the batch in the spool, for time limits. The file may be smaller or larger. */
  readonly batchBytes: number;
}

/** What {@link FileStore.write} knows of a file that it has written. */
export interface WrittenFile {
  readonly path: string;
  readonly bytes: number;
  /** `algorithm:hex`, where the store has one. */
  readonly checksum?: string;
  /** False when all of it was sent and then the answer got lost: only {@link FileStore.verify} can tell. */
  readonly isConfirmed?: boolean;
}

/** A written file that the far side was seen to hold as it should be. */
export interface VerifiedFile extends WrittenFile {
  /** Identity at the far side, which a rename keeps: HDFS's fileId, an inode. */
  readonly id: string;
}

/** How a file is not what is known of it. */
export interface FileDifference {
  /** What was looked at first and differs: whether it is there, its length, its checksum. */
  readonly kind: "missing" | "length" | "checksum";
  /** A sentence that goes on from the file's path: `has 12 bytes, not 14`. */
  readonly text: string;
}

/**
 * What became of a file that should get its final name.
 *
 * - `published`: it has it, or had it until a consumer moved it on; durably.
 * - `exists`: something else has it, durably; the file is where it was.
 * - `gone`: the file is nowhere.
 */
export type PublishOutcome = "published" | "exists" | "gone";

/**
 * Where files go: a local file system, HDFS. Every failure is a SewerError; `scope` and `retry` decide what
 * follows, {@link isWorthAnotherAttempt} whether it follows at once.
 */
export interface FileStore {
  /** Gets ready. Safe to repeat. */
  open(signal: AbortSignal): Promise<void>;
  /** Lets go of connections. Idempotent. */
  close(): Promise<void>;
  /** Writes a new file, making the directories above it. Settles once its bytes are durable. */
  write(upload: FileUpload, signal: AbortSignal): Promise<WrittenFile>;
  /** Compares what the far side holds with what was written. @throws SewerError when it differs. */
  verify(written: WrittenFile, signal: AbortSignal): Promise<VerifiedFile>;
  /**
   * Gives a file its final name, atomically and durably, never over something that is there. Safe to repeat,
   * in another process too: it finds out what became of an earlier call whose answer got lost.
   */
  publish(file: VerifiedFile, path: string, signal: AbortSignal): Promise<PublishOutcome>;
  /**
   * Deletes a verified file so that no {@link publish} that is still on its way can find it any more.
   *
   * @returns `published` when one has found it before.
   */
  withdraw(file: VerifiedFile, path: string, signal: AbortSignal): Promise<"withdrawn" | "published">;
  /**
   * Compares what lies there with what was written at some time; needs no {@link open}. Where no checksum is
   * known, the length decides.
   *
   * @returns undefined when nothing differs. @throws SewerError when the far side cannot be asked.
   */
  difference(file: WrittenFile, signal: AbortSignal): Promise<FileDifference | undefined>;
  /** The bytes of a file. */
  read(path: string, signal: AbortSignal): AsyncIterable<Buffer>;
  /** Deletes a file; a missing one is deleted already. */
  remove(path: string, signal: AbortSignal): Promise<void>;
  /** All names in a directory that begin with `prefix`; none when there is no such directory. */
  list(directory: string, prefix: string, signal: AbortSignal): Promise<string[]>;
  /** True for a failure that a new temporary file may well escape at once (one bad DataNode). */
  isWorthAnotherAttempt(error: unknown): boolean;
  /** A path as an operator would look for it, for receipts and messages: no credentials. */
  locationOf(path: string): string;
}
