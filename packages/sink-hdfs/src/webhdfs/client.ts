import { dirname } from "node:path/posix";
import { SewerError, type Clock } from "@sewer/core";
import { hdfsErrors } from "../errors.ts";
import type { HdfsLimits } from "../options.ts";
import type { DataNodeMap } from "./datanode-map.ts";
import { DataNodes } from "./datanodes.ts";
import { errorOf, refusalError } from "./faults.ts";
import { getFile, getText } from "./get-file.ts";
import {
  parseBlockReplicas,
  parseBoolean,
  parseFileChecksum,
  parseFileStatus,
  parseListing,
  type FileChecksum,
  type FileStatus,
  type Listing,
} from "./messages.ts";
import { encodePath, NameNodes, type NameNodeAnswer, type NameNodeOperation } from "./namenodes.ts";
import { putFile, type SentFile } from "./put-file.ts";
import type { DataNodeLocation } from "./redirect.ts";

/** DataNodes take request lines of 4096 bytes; the query that a NameNode adds has some 500, a token as many. */
const pathBytesMax = 3000;

/** HDFS's own limit (`dfs.namenode.fs-limits.max-directory-items`). */
const directoryEntriesMax = 1_048_576;

/** What a {@link WebHdfsClient} is made of. */
export interface WebHdfsClientOptions {
  readonly namenodes: readonly string[];
  readonly user: string;
  readonly limits: HdfsLimits;
  readonly clock: Clock;
  /** See hdfsSinkOptions. */
  readonly datanodeMap?: DataNodeMap;
  /** See hdfsSinkOptions. */
  readonly datanodePorts?: readonly number[];
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
  readonly #dataNodes: DataNodes;
  /** It was seen to behave like HttpFS, which ignores renameoptions. */
  #isGateway = false;

  constructor(options: WebHdfsClientOptions) {
    this.#options = options;
    const { clock, datanodeMap = {}, datanodePorts = [] } = options;
    const nameNodes = new NameNodes(options);
    this.#nameNodes = nameNodes;
    this.#dataNodes = new DataNodes({ nameNodes, clock, datanodeMap, datanodePorts });
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
    if (encodePath(path).length > pathBytesMax) throw pathTooLong(path);
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
    const location = await this.#dataNodeFor(operation, signal);
    try {
      const sent = await putFile({ ...this.#request(location, signal), chunks, uploadMs });
      if (!sent.isConfirmed) this.#dataNodes.noteFailure(location, sent.doubt);
      return sent;
    } catch (error) {
      this.#dataNodes.noteFailure(location, error);
      throw error;
    }
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
    return this.barrier(dirname(directory), signal);
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
    const answer = await this.#dataNodes.ask(operation, signal);
    // HttpFS does not redirect.
    if (answer.status !== 307 && answer.location === undefined) {
      const checksum = parseFileChecksum(answer.body);
      if (checksum !== undefined) return checksum;
    }
    const location = await this.#dataNodes.locationOf(answer, operation, signal);
    try {
      const body = await getText(this.#request(location, signal));
      return parseFileChecksum(body) ?? unexpected({ ...answer, body }, operation);
    } catch (error) {
      this.#dataNodes.noteFailure(location, error);
      throw error;
    }
  }

  /** OPEN, both steps: the bytes of a file. A cut answer is an error. */
  async *open(path: string, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
    const location = await this.#dataNodeFor(reading("OPEN", path), signal);
    try {
      yield* getFile(this.#request(location, signal));
    } catch (error) {
      this.#dataNodes.noteFailure(location, error);
      throw error;
    }
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
    // It would move the file into a directory of that name.
    if (this.#isGateway && (await this.status(to, signal)) !== undefined)
      throw renameError("exists", from, to);
    const answer = await this.#nameNodes.ask(operation, signal);
    if (answer.status === 200 && answer.body === "") return "done";
    const isRenamed = parseBoolean(answer.body) ?? unexpected(answer, operation);
    this.#isGateway = true;
    if (isRenamed) return "boolean";
    // The old rename gives no reason.
    if ((await this.status(from, signal)) === undefined) throw renameError("notFound", from, to);
    const isThere = (await this.status(to, signal)) !== undefined;
    throw renameError(isThere ? "exists" : "failed", from, to);
  }

  /**
   * DELETE of a file, open ones too. It is repeated when an answer gets lost.
   *
   * @returns true when it was there and is gone; false when it is not there, which an earlier one may have done.
   */
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

  /** Names in a directory that begin with `prefix`, read in pages; none without a directory. */
  async list(directory: string, prefix: string, signal: AbortSignal): Promise<string[]> {
    const names: string[] = [];
    for (let startAfter = prefix; names.length < directoryEntriesMax;) {
      const page = await this.#page(directory, startAfter, signal);
      for (const name of page.names) if (name.startsWith(prefix)) names.push(name);
      const last = page.names.at(-1);
      // Names come sorted, so those that begin with the prefix stand at the beginning.
      if (!page.hasMore || last?.startsWith(prefix) !== true) break;
      startAfter = last;
    }
    return names;
  }

  async #page(directory: string, startAfter: string, signal: AbortSignal): Promise<Listing> {
    const paged = { ...reading("LISTSTATUS_BATCH", directory), parameters: { startAfter } };
    try {
      return await this.#listing(paged, signal);
    } catch (error) {
      // Before Hadoop 2.8 (HDFS-10860) there are no pages.
      const isOld = error instanceof SewerError && oldServerCodes.has(error.code);
      if (isOld) return this.#listing(reading("LISTSTATUS", directory), signal);
      throw error;
    }
  }

  async #listing(operation: NameNodeOperation, signal: AbortSignal): Promise<Listing> {
    const answer = await unlessNotFound(this.#nameNodes.ask(operation, signal));
    if (answer === undefined) return { names: [], hasMore: false };
    return parseListing(answer.body) ?? unexpected(answer, operation);
  }

  async #dataNodeFor(operation: NameNodeOperation, signal: AbortSignal): Promise<DataNodeLocation> {
    const answer = await this.#dataNodes.ask(operation, signal);
    const location = await this.#dataNodes.locationOf(answer, operation, signal);
    // HttpFS sends the bytes' request to itself.
    if (location.url.host === answer.nameNode.host) this.#isGateway = true;
    return location;
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

/** What a server means that only says `false`. */
function renameError(what: "exists" | "notFound" | "failed", from: string, to: string): SewerError {
  const said = { exists: `${to} is there`, notFound: `${from} is not there`, failed: "it gave no reason" };
  return new SewerError(hdfsErrors[what], `RENAME of ${from} to ${to} was refused: ${said[what]}`);
}

function pathTooLong(path: string): SewerError {
  const message = `${path.slice(0, 200)}... is too long for a DataNode: over ${pathBytesMax} bytes; shorten the path pattern and requeue`;
  const verdict = { rule: "path", code: hdfsErrors.path, action: "quarantine" } as const;
  return errorOf({ ...verdict, scope: "batch", retry: "permanent" }, message, { op: "CREATE" });
}
