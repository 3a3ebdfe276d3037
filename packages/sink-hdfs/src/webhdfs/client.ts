import { SewerError, type Clock } from "@sewer/core";
import { hdfsErrors } from "../errors.ts";
import type { HdfsLimits } from "../options.ts";
import { getFile, getText, putFile, type SentFile } from "./datanode.ts";
import { refusalError } from "./faults.ts";
import {
  parseBlockReplicas,
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
   * CREATE with overwrite=false, both steps; parents are made. Settles on the DataNode's 201, or, when the
   * whole body was sent and only the answer is missing, with `isConfirmed` false: the file may be whole, short,
   * still open, or absent, which its status and checksum tell.
   *
   * @throws whatever fails before the end of the body, and what the DataNode then says against the file.
   */
  async create(file: CreateFile, signal: AbortSignal): Promise<SentFile> {
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

  /**
   * GETFILESTATUS; undefined when there is nothing.
   *
   * @param at exactly this NameNode is asked (one that {@link barrier} gave): a standby that serves stale reads,
   * or a former active one, cannot answer in its place. Its failure is the caller's.
   */
  async status(path: string, signal: AbortSignal, at?: URL): Promise<FileStatus | undefined> {
    const operation = reading("GETFILESTATUS", path);
    const answer = await unlessNotFound(this.#nameNodes.ask(operation, signal, at));
    return answer && (parseFileStatus(answer.body) ?? unexpected(answer, operation));
  }

  /** {@link status} of a file by its id, wherever it was renamed to; undefined when it was deleted. */
  statusOfId(fileId: number, signal: AbortSignal, at?: URL): Promise<FileStatus | undefined> {
    return this.status(`/.reserved/.inodes/${fileId}`, signal, at);
  }

  /**
   * Proves which NameNode is active, and that all it answered before is durable: SETTIMES of `directory` always
   * logs an edit, which a standby or an observer refuses and a former active NameNode fails to journal. When
   * the directory is not there, its nearest ancestor serves.
   *
   * @returns the NameNode that did it, for reads behind the barrier.
   */
  async barrier(directory: string, signal: AbortSignal): Promise<URL> {
    const operation: NameNodeOperation = {
      method: "PUT",
      op: "SETTIMES",
      path: directory,
      // The only argument that always makes an edit. A RENAME in the directory sets the same time.
      parameters: { modificationtime: Math.trunc(this.#options.clock.now()) },
      isRepeatable: true,
    };
    const answer = await unlessNotFound(this.#nameNodes.ask(operation, signal));
    if (answer?.status === 200) return answer.nameNode;
    if (answer !== undefined) return unexpected(answer, operation);
    if (directory === "/") throw new SewerError(hdfsErrors.failed, "the NameNode says that / is not there");
    return this.barrier(parentOf(directory), signal);
  }

  /**
   * GET_BLOCK_LOCATIONS: how many replicas each block has, a corrupt one none; undefined without a file.
   *
   * @throws SewerError `SEWER_HDFS_ATTEMPT_FAILED` while the file is being written.
   */
  async blockReplicas(path: string, signal: AbortSignal): Promise<number[] | undefined> {
    const operation = reading("GET_BLOCK_LOCATIONS", path);
    const answer = await unlessNotFound(this.#nameNodes.ask(operation, signal));
    if (answer === undefined) return undefined;
    const replicas = parseBlockReplicas(answer.body) ?? unexpected(answer, operation);
    if (replicas !== "open") return replicas;
    throw new SewerError(hdfsErrors.attemptFailed, `${path} is still under construction`);
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
   * @returns `done`, or `boolean` from a server that does not know renameoptions (HttpFS): it may have moved the
   * file into a directory of that name, so the status of `to` has to be looked at.
   * @throws SewerError `SEWER_HDFS_EXISTS` when `to` is there; `SEWER_HDFS_NOT_FOUND` when `from` or the parent
   * of `to` is not; `SEWER_HDFS_NO_ANSWER` when it is unknown whether it was done.
   */
  async rename(from: string, to: string, signal: AbortSignal): Promise<"done" | "boolean"> {
    const operation: NameNodeOperation = {
      method: "PUT",
      op: "RENAME",
      path: from,
      parameters: { destination: to, renameoptions: "NONE" },
      isRepeatable: false,
    };
    const answer = await this.#nameNodes.ask(operation, signal);
    if (answer.status !== 200) return unexpected(answer, operation);
    if (answer.body === "") return "done";
    return parseBoolean(answer.body) === true ? "boolean" : unexpected(answer, operation);
  }

  /** DELETE of a file, open ones too. @returns whether it was there. */
  async delete(path: string, signal: AbortSignal): Promise<boolean> {
    const operation: NameNodeOperation = {
      method: "DELETE",
      op: "DELETE",
      path,
      parameters: { recursive: false },
      isRepeatable: true,
    };
    const answer = await this.#nameNodes.ask(operation, signal);
    return parseBoolean(answer.body) ?? unexpected(answer, operation);
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
    const answer = await unlessNotFound(this.#nameNodes.ask(operation, signal));
    return answer === undefined ? [] : (parseListing(answer.body) ?? unexpected(answer, operation));
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

/** Undefined where the answer says that the file is not there. */
async function unlessNotFound(asked: Promise<NameNodeAnswer>): Promise<NameNodeAnswer | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof SewerError && error.code === hdfsErrors.notFound) return undefined;
    throw error;
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf("/")));
}
