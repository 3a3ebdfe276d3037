import { SewerError, type Clock } from "@sewer/core";
import { hdfsErrors } from "../errors.ts";
import type { HdfsLimits } from "../options.ts";
import { getFile, getText, putFile } from "./datanode.ts";
import { refusalError } from "./faults.ts";
import {
  parseBoolean,
  parseFileChecksum,
  parseFileStatus,
  parseListing,
  parseLocation,
  type FileChecksum,
  type FileStatus,
} from "./messages.ts";
import { NameNodes, type NameNodeAnswer, type NameNodeOperation } from "./namenode.ts";
import { checkRedirect, type DataNodeLocation } from "./redirect.ts";

/** What a {@link WebHdfsClient} is made of. */
export interface WebHdfsClientOptions {
  readonly namenodes: readonly string[];
  readonly user: string;
  readonly limits: HdfsLimits;
  readonly clock: Clock;
}

/** A file to create. */
export interface CreateFile {
  readonly path: string;
  readonly blockSize: number;
  readonly replication: number;
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly uploadMs: number;
}

/**
 * The operations of WebHDFS that a writer needs. Paths are absolute. Every failure is a SewerError (see
 * hdfsErrors), or the signal's reason after an abort.
 */
export class WebHdfsClient {
  readonly #options: WebHdfsClientOptions;
  readonly #nameNodes: NameNodes;

  constructor(options: WebHdfsClientOptions) {
    this.#options = options;
    this.#nameNodes = new NameNodes(options);
  }

  /** Ends all connections to NameNodes. */
  close(): Promise<void> {
    return this.#nameNodes.close();
  }

  /**
   * CREATE with overwrite=false, both steps; parents are made. Settles on the DataNode's 201.
   *
   * @returns the number of bytes sent.
   */
  async create(file: CreateFile, signal: AbortSignal): Promise<number> {
    const { path, blockSize, replication, chunks, uploadMs } = file;
    const operation: NameNodeOperation = {
      method: "PUT",
      op: "CREATE",
      path,
      // What is not sent here is decided by the DataNode's configuration.
      parameters: {
        overwrite: false,
        createparent: true,
        permission: 644,
        blocksize: blockSize,
        replication,
      },
      // Step 1 only picks a DataNode.
      isRepeatable: true,
    };
    const answer = await this.#nameNodes.ask(operation, signal);
    const location = this.#redirectOf(answer, operation);
    return putFile({ ...this.#request(location, signal), chunks, uploadMs });
  }

  /** GETFILESTATUS; undefined when there is nothing. */
  async status(path: string, signal: AbortSignal): Promise<FileStatus | undefined> {
    const operation = reading("GETFILESTATUS", path);
    try {
      const answer = await this.#nameNodes.ask(operation, signal);
      return parseFileStatus(answer.body) ?? unexpected(answer, operation);
    } catch (error) {
      if (error instanceof SewerError && error.code === hdfsErrors.notFound) return undefined;
      throw error;
    }
  }

  /** GETFILECHECKSUM, which fails while the file is open (`SEWER_HDFS_ATTEMPT_FAILED`). */
  async checksum(path: string, signal: AbortSignal): Promise<FileChecksum> {
    const operation = reading("GETFILECHECKSUM", path);
    const answer = await this.#nameNodes.ask(operation, signal);
    if (answer.status !== 307) return parseFileChecksum(answer.body) ?? unexpected(answer, operation);
    const body = await getText(this.#request(this.#redirectOf(answer, operation), signal));
    return parseFileChecksum(body) ?? unexpected({ ...answer, body }, operation);
  }

  /** OPEN, both steps: the bytes of a file. A cut answer is an error. */
  async *open(path: string, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
    const operation = reading("OPEN", path);
    const answer = await this.#nameNodes.ask(operation, signal);
    yield* getFile(this.#request(this.#redirectOf(answer, operation), signal));
  }

  /**
   * RENAME with renameoptions=NONE: atomic, never over something, never into a directory.
   *
   * @throws SewerError `SEWER_HDFS_EXISTS` when `to` is there; `SEWER_HDFS_NO_ANSWER` when it is unknown
   * whether it was done.
   */
  async rename(from: string, to: string, signal: AbortSignal): Promise<void> {
    const operation: NameNodeOperation = {
      method: "PUT",
      op: "RENAME",
      path: from,
      parameters: { destination: to, renameoptions: "NONE" },
      isRepeatable: false,
    };
    const answer = await this.#nameNodes.ask(operation, signal);
    // An empty body is success. A boolean comes from who does not know renameoptions: HttpFS.
    if (answer.status !== 200 || parseBoolean(answer.body) === false) unexpected(answer, operation);
  }

  /** DELETE of a file. A missing one is no error. */
  async delete(path: string, signal: AbortSignal): Promise<void> {
    const operation: NameNodeOperation = {
      method: "DELETE",
      op: "DELETE",
      path,
      parameters: { recursive: false },
      isRepeatable: true,
    };
    const answer = await this.#nameNodes.ask(operation, signal);
    if (parseBoolean(answer.body) === undefined) unexpected(answer, operation);
  }

  /** Names in a directory that begin with `prefix`, at most a page of them (1000); none without a directory. */
  async list(directory: string, prefix: string, signal: AbortSignal): Promise<string[]> {
    // Names come sorted, so those that begin with the prefix stand at the beginning of the page.
    const paged = { ...reading("LISTSTATUS_BATCH", directory), parameters: { startAfter: prefix } };
    const names = await this.#listing(paged, signal).catch((error: unknown) => {
      // Before Hadoop 2.8 (HDFS-10860) there are no pages.
      const isOld = error instanceof SewerError && oldServerCodes.has(error.code);
      return isOld ? this.#listing(reading("LISTSTATUS", directory), signal) : Promise.reject(error);
    });
    return names.filter((name) => name.startsWith(prefix));
  }

  async #listing(operation: NameNodeOperation, signal: AbortSignal): Promise<string[]> {
    try {
      const answer = await this.#nameNodes.ask(operation, signal);
      return parseListing(answer.body) ?? unexpected(answer, operation);
    } catch (error) {
      if (error instanceof SewerError && error.code === hdfsErrors.notFound) return [];
      throw error;
    }
  }

  #redirectOf(answer: NameNodeAnswer, { op, path }: NameNodeOperation): DataNodeLocation {
    // With noredirect=true set by its configuration, a NameNode puts the location into the body.
    const location = answer.location ?? parseLocation(answer.body);
    return checkRedirect(location, { nameNode: answer.nameNode, op, path });
  }

  #request(location: DataNodeLocation, signal: AbortSignal) {
    const { limits, clock } = this.#options;
    return { location, limits, clock, signal };
  }
}

/** What an old server says to an operation that it does not know. */
const oldServerCodes: ReadonlySet<string> = new Set([hdfsErrors.configuration, hdfsErrors.unsupported]);

function reading(op: string, path: string): NameNodeOperation {
  return { method: "GET", op, path, isRepeatable: true };
}

/** A status of success is no answer yet. */
function unexpected({ nameNode, status, body }: NameNodeAnswer, { op, path }: NameNodeOperation): never {
  throw refusalError({ at: "namenode", host: nameNode.host, op, path, status, body });
}
