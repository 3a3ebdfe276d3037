import { basename, dirname } from "node:path/posix";
import { SewerError, sleep, type Clock } from "@sewer/core";
import type { PublishOutcome, VerifiedFile } from "@sewer/file-store";
import { hdfsErrors } from "./errors.ts";
import type { WebHdfsClient } from "./webhdfs/client.ts";
import type { FileStatus } from "./webhdfs/messages.ts";

/** Waits for replicas that DataNodes have not reported yet, in ms. */
const replicaWaitsMs = [100, 200, 500, 1000, 2000, 5000, 10_000];

/** HttpFS before HDFS-14665 tells no fileId. */
const unknownId = 0;

/** Answers that say something of the two names. */
const refusals: ReadonlySet<string> = new Set([hdfsErrors.exists, hdfsErrors.notFound, hdfsErrors.path]);

/** What {@link Commit} works with. */
export interface CommitOptions {
  readonly client: WebHdfsClient;
  readonly clock: Clock;
  /** See hdfsSinkOptions. */
  readonly minReplicas: number;
}

/**
 * Gives verified files their final names, by RENAME with renameoptions=NONE, and finds out what became of a
 * RENAME whose answer got lost. It may have been done, may be lost, or may be done later by a NameNode that
 * hangs: so it is sent again, which at most one of them can win.
 *
 * "The name is taken" and "the file is not there" are believed of no NameNode but one that has just journalled
 * an edit (the barrier): a former active one that woke up still answers, from a namespace that has gone on
 * without it. Which file has a name is told by the fileId, which a rename keeps and nothing else has.
 */
export class Commit {
  readonly #options: CommitOptions;

  constructor(options: CommitOptions) {
    this.#options = options;
  }

  /** See FileStore.publish. */
  async publish(file: VerifiedFile, path: string, signal: AbortSignal): Promise<PublishOutcome> {
    await this.#awaitReplicas(file, signal);
    const refusal = await this.#rename(file, path, signal);
    // No status is believed, not even a 200: the name and the fileId are.
    if (refusal === undefined) {
      const there = await this.#options.client.status(path, signal);
      if (isFile(there, file)) return "published";
    }
    const found = await this.#find(file, path, signal);
    if (found !== "unpublished") return found;
    if (refusal?.scope === "batch") throw refusal;
    const message = `${file.path} is not renamed to ${path}, and nothing is there; it is tried again`;
    throw new SewerError(hdfsErrors.failed, message, { cause: refusal });
  }

  /** See FileStore.withdraw. */
  async withdraw(file: VerifiedFile, path: string, signal: AbortSignal): Promise<"withdrawn" | "published"> {
    // That it was there was answered by who could journal its end, so no RENAME can find it any more.
    if (await this.#options.client.delete(file.path, signal)) return "withdrawn";
    return (await this.#find(file, path, signal)) === "published" ? "published" : "withdrawn";
  }

  /** @returns the answer, when it says something of the two names, which is not believed as it is. */
  async #rename(file: VerifiedFile, path: string, signal: AbortSignal): Promise<SewerError | undefined> {
    try {
      await this.#options.client.rename(file.path, path, signal);
      return undefined;
    } catch (error) {
      if (error instanceof SewerError && refusals.has(error.code)) return error;
      throw error;
    }
  }

  /** Where the file is, as the active NameNode knows it. */
  async #find(
    file: VerifiedFile,
    path: string,
    signal: AbortSignal,
  ): Promise<PublishOutcome | "unpublished"> {
    const { client } = this.#options;
    const at = await client.barrier(dirname(path), signal);
    const there = await client.status(path, signal, at);
    if (isFile(there, file)) return "published";
    if (there?.type === "DIRECTORY") return this.#refuseDirectory(file, path, signal, at);
    const isUnpublished = (await client.status(file.path, signal, at)) !== undefined;
    if (isUnpublished) return there === undefined ? "unpublished" : "exists";
    const fileId = Number(file.id);
    const isElsewhere = fileId !== unknownId && (await client.statusOfId(fileId, signal, at)) !== undefined;
    // A consumer has moved it on.
    if (isElsewhere) return "published";
    return there === undefined ? "gone" : "exists";
  }

  /** A server without renameoptions has moved the file into the directory; there it must not stay. */
  async #refuseDirectory(file: VerifiedFile, path: string, signal: AbortSignal, at: URL): Promise<never> {
    const { client } = this.#options;
    const inside = `${path}/${basename(file.path)}`;
    if ((await client.status(inside, signal, at)) !== undefined) await client.delete(inside, signal);
    throw directoryThere(path);
  }

  /** 201 promises dfs.namenode.replication.min replicas, which is 1: after that only one disk has the file. */
  async #awaitReplicas(file: VerifiedFile, signal: AbortSignal): Promise<void> {
    const { client, clock, minReplicas } = this.#options;
    if (minReplicas === 0) return;
    for (const waitMs of [...replicaWaitsMs, undefined]) {
      const replicas = await client.blockReplicas(file.path, signal);
      // It is gone: renamed, most likely; that comes to light now.
      if (replicas === undefined) return;
      const least = Math.min(...replicas);
      if (least >= minReplicas) return;
      if (waitMs === undefined) throw tooFewReplicas(file, least, minReplicas);
      await sleep(clock, waitMs, signal);
      signal.throwIfAborted();
    }
  }
}

function isFile(status: FileStatus | undefined, file: VerifiedFile): boolean {
  return status !== undefined && status.fileId !== unknownId && String(status.fileId) === file.id;
}

/** The error of a batch whose final name a directory has. */
export function directoryThere(path: string): SewerError {
  const message = `${path} is a directory, so the batch cannot be a file there; move it away and requeue`;
  return new SewerError(hdfsErrors.path, message, { scope: "batch", retry: "permanent" });
}

function tooFewReplicas(file: VerifiedFile, replicas: number, minReplicas: number): SewerError {
  const message =
    `a block of ${file.path} has ${replicas} replicas, minReplicas asks for ${minReplicas}; it is not ` +
    "published before that, check the DataNodes";
  return new SewerError(hdfsErrors.replicas, message);
}
