import { SewerError, sleep, type Clock } from "@sewer/core";
import type {
  FileDifference,
  FileStore,
  FileUpload,
  PublishOutcome,
  VerifiedFile,
  WrittenFile,
} from "@sewer/file-store";
import { HdfsChecksum } from "./checksum.ts";
import { Commit, directoryThere } from "./commit.ts";
import { hdfsErrors } from "./errors.ts";
import type { ResolvedHdfsSinkOptions } from "./options.ts";
import { WebHdfsClient } from "./webhdfs/client.ts";
import type { FileStatus } from "./webhdfs/messages.ts";

/** Hadoop's name of the checksum, without the CRCs of a block, which the name of a file's checksum holds. */
const checksumName = "MD5-of-MD5-of-512CRC32C";

/** Waits for a file whose 201 got lost, in ms; after that it is given up, and written again. */
const adoptionWaitsMs = [100, 300, 1000, 3000, 5000];

/** Faults of one attempt, DataNode or connection. */
const attemptCodes: ReadonlySet<string> = new Set([
  hdfsErrors.attemptFailed,
  hdfsErrors.dataNode,
  hdfsErrors.mismatch,
]);

/**
 * Files on HDFS over WebHDFS. A cut upload leaves an ordinary-looking short file there, so nothing counts
 * before length and checksum were compared.
 */
export class HdfsFileStore implements FileStore {
  readonly #options: ResolvedHdfsSinkOptions;
  readonly #clock: Clock;
  readonly #client: WebHdfsClient;
  readonly #commit: Commit;

  constructor(options: ResolvedHdfsSinkOptions, clock: Clock) {
    const { minReplicas } = options;
    const client = new WebHdfsClient({ ...options, clock });
    this.#options = options;
    this.#clock = clock;
    this.#client = client;
    this.#commit = new Commit({ client, clock, minReplicas });
  }

  /** Finds out whether there is an active NameNode. */
  async open(signal: AbortSignal): Promise<void> {
    await this.#client.status("/", signal);
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async write({ path, chunks, batchBytes }: FileUpload, signal: AbortSignal): Promise<WrittenFile> {
    const { blockSize, replication, limits } = this.#options;
    const checksum = new HdfsChecksum(blockSize);
    const uploadMs = Math.max(limits.upload, (batchBytes / limits.uploadRate) * 1000);
    const file = { path, blockSize, replication, chunks: checksummed(chunks, checksum), uploadMs };
    const { bytes, isConfirmed } = await this.#client.create(file, signal);
    return { path, bytes, checksum: `${checksumName}:${checksum.digest()}`, isConfirmed };
  }

  /** A file whose 201 got lost may still be open, and whole in the end. */
  async verify(written: WrittenFile, signal: AbortSignal): Promise<VerifiedFile> {
    const waitsMs = written.isConfirmed === false ? adoptionWaitsMs : [];
    for (const waitMs of waitsMs) {
      try {
        return await this.#compare(written, signal);
      } catch (error) {
        if (!this.isWorthAnotherAttempt(error)) throw error;
        await sleep(this.#clock, waitMs, signal);
        signal.throwIfAborted();
      }
    }
    return this.#compare(written, signal);
  }

  publish(file: VerifiedFile, path: string, signal: AbortSignal): Promise<PublishOutcome> {
    return this.#commit.publish(file, path, signal);
  }

  withdraw(file: VerifiedFile, path: string, signal: AbortSignal): Promise<"withdrawn" | "published"> {
    return this.#commit.withdraw(file, path, signal);
  }

  /** The file's own block size counts: it may be older than the one that is configured. */
  async difference(file: WrittenFile, signal: AbortSignal): Promise<FileDifference | undefined> {
    const status = await this.#client.status(file.path, signal);
    return this.#differenceTo(file, status, { blockSize: status?.blockSize ?? 0, signal });
  }

  async *read(path: string, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
    const status = await this.#client.status(path, signal);
    if (status?.type === "DIRECTORY") throw directoryThere(path);
    const length = status?.length ?? 0;
    let bytes = 0;
    if (length > 0) {
      for await (const chunk of this.#client.open(path, signal)) {
        bytes += chunk.length;
        yield chunk;
      }
    }
    if (bytes === length) return;
    const message = `${path} has ${length} bytes, but reading it gave ${bytes}`;
    throw new SewerError(hdfsErrors.dataNode, message);
  }

  async remove(path: string, signal: AbortSignal): Promise<void> {
    await this.#client.delete(path, signal);
  }

  list(directory: string, prefix: string, signal: AbortSignal): Promise<string[]> {
    return this.#client.list(directory, prefix, signal);
  }

  isWorthAnotherAttempt(error: unknown): boolean {
    return error instanceof SewerError && attemptCodes.has(error.code);
  }

  locationOf(path: string): string {
    // The first one stands for the cluster, whichever is active.
    const { protocol, host } = new URL(this.#options.namenodes[0] ?? "");
    return `${protocol === "https:" ? "swebhdfs" : "webhdfs"}://${host}${path}`;
  }

  async #compare(file: WrittenFile, signal: AbortSignal): Promise<VerifiedFile> {
    const status = await this.#client.status(file.path, signal);
    const { blockSize } = this.#options;
    const difference = await this.#differenceTo(file, status, { blockSize, signal });
    if (difference === undefined && status !== undefined) return { ...file, id: String(status.fileId) };
    const message = `${file.path} was not published: after it was written it ${difference?.text}`;
    throw new SewerError(hdfsErrors.mismatch, message);
  }

  async #differenceTo(
    { path, bytes, checksum }: WrittenFile,
    status: FileStatus | undefined,
    sum: Sum,
  ): Promise<FileDifference | undefined> {
    if (status === undefined) return { kind: "missing", text: "is not there" };
    if (status.type === "DIRECTORY") return { kind: "missing", text: "is a directory" };
    if (status.length !== bytes) return { kind: "length", text: `has ${status.length} bytes, not ${bytes}` };
    if (checksum === undefined) return undefined;
    const found = await this.#checksumOf(path, status, sum);
    return found === checksum ? undefined : { kind: "checksum", text: `has ${found}, not ${checksum}` };
  }

  /** What HDFS says of the file; read back where its checksum cannot be compared with ours. */
  async #checksumOf(path: string, status: FileStatus, { blockSize, signal }: Sum): Promise<string> {
    if (!status.isTransformed && status.blockSize === blockSize) {
      const { algorithm, bytes } = await this.#client.checksum(path, signal);
      // int32 bytes per CRC, int64 CRCs per block, then the MD5.
      if (algorithm.endsWith("MD5-of-512CRC32C"))
        return `${checksumName}:${bytes.slice(24, 56).toLowerCase()}`;
    }
    const checksum = new HdfsChecksum(blockSize);
    for await (const chunk of this.read(path, signal)) checksum.update(chunk);
    return `${checksumName}:${checksum.digest()}`;
  }
}

/** How a file's checksum is asked for. */
interface Sum {
  readonly blockSize: number;
  readonly signal: AbortSignal;
}

async function* checksummed(
  chunks: AsyncIterable<Uint8Array>,
  checksum: HdfsChecksum,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    checksum.update(chunk);
    yield chunk;
  }
}
