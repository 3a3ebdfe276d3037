import { fileChecksum } from "./file-checksum.ts";
import { remoteException, type PlayedAnswer, type PlayedRequest } from "./played-answer.ts";

/** A file of the player's. */
export interface PlayedFile {
  readonly bytes: Buffer;
  readonly fileId: number;
  readonly blockSize: number;
}

/**
 * The files of the player, in memory, and what a NameNode and a DataNode do with them: as much of Hadoop 3.4 as a
 * writer of files meets. No owners, no permissions; directories are what has a file in it.
 */
export class PlayedFiles {
  readonly #files = new Map<string, PlayedFile>();
  readonly #dataNodeUrl: () => string;
  #fileId = 16_385;

  /** @internal */
  constructor(dataNodeUrl: () => string) {
    this.#dataNodeUrl = dataNodeUrl;
  }

  /** The paths of all files. */
  get paths(): string[] {
    return [...this.#files.keys()];
  }

  /** A file by its path. */
  get(path: string): PlayedFile | undefined {
    return this.#files.get(path);
  }

  /** Puts a file there, in place of another one; it gets a new id. */
  put(path: string, content: string | Uint8Array, blockSize = 1 << 20): void {
    this.#files.set(path, { bytes: Buffer.from(content), fileId: this.#fileId++, blockSize });
  }

  /** Takes a file away. @returns false when there was none. */
  remove(path: string): boolean {
    return this.#files.delete(path);
  }

  /** @internal */
  answerAtNameNode({ op, path, query }: PlayedRequest, target: string): PlayedAnswer {
    switch (op) {
      case "CREATE":
        return this.#redirect(target);
      case "OPEN":
      case "GETFILECHECKSUM":
        return this.#files.has(path) ? this.#redirect(target) : absent(path);
      case "GETFILESTATUS":
        return this.#status(path);
      case "LISTSTATUS":
        return this.#hasDirectory(path) ? listing(this.#children(path)) : absent(path);
      case "LISTSTATUS_BATCH":
        return this.#batch(path, query.get("startAfter") ?? "");
      case "MKDIRS":
        return ok({ boolean: true });
      case "DELETE":
        return ok({ boolean: this.#delete(path) });
      case "RENAME":
        return this.#rename(path, query.get("destination") ?? "", query.get("renameoptions") !== null);
      case "SETTIMES":
        return this.#hasDirectory(path) || this.#files.has(path) ? { status: 200 } : absent(path);
      default:
        return remoteException("IllegalArgumentException", `Invalid value for webhdfs parameter "op": ${op}`);
    }
  }

  /** What a DataNode refuses before it reads the body. @internal */
  refusalAtDataNode({ op, path, query }: PlayedRequest): PlayedAnswer | undefined {
    if (op !== "CREATE") return this.#files.has(path) ? undefined : absent(path);
    if (!this.#files.has(path) || query.get("overwrite") === "true") return undefined;
    return remoteException("FileAlreadyExistsException", `${path} for client 127.0.0.1 already exists`);
  }

  /** @internal */
  answerAtDataNode({ op, path, query }: PlayedRequest, body: Buffer): PlayedAnswer {
    if (op === "CREATE") {
      this.put(path, body, Number(query.get("blocksize") ?? 1 << 27));
      return { status: 201, headers: { Location: `hdfs://127.0.0.1${path}` } };
    }
    const file = this.#files.get(path);
    if (file === undefined) return absent(path);
    if (op === "OPEN") {
      return { status: 200, headers: { "Content-Type": "application/octet-stream" }, body: file.bytes };
    }
    return ok({ FileChecksum: fileChecksum(file.bytes, file.blockSize) });
  }

  #redirect(target: string): PlayedAnswer {
    return { status: 307, headers: { Location: `${this.#dataNodeUrl()}${target}` } };
  }

  #status(path: string): PlayedAnswer {
    const file = this.#files.get(path);
    if (file !== undefined) return ok({ FileStatus: { ...statusOf(file), pathSuffix: "" } });
    return this.#hasDirectory(path) ? ok({ FileStatus: directory("") }) : absent(path);
  }

  #hasDirectory(path: string): boolean {
    return path === "/" || this.paths.some((other) => other.startsWith(`${path}/`));
  }

  #children(path: string): { readonly pathSuffix: string }[] {
    const start = path === "/" ? "/" : `${path}/`;
    const children = new Map<string, { readonly pathSuffix: string }>();
    for (const [other, file] of this.#files) {
      if (!other.startsWith(start)) continue;
      const [pathSuffix = "", below] = other.slice(start.length).split("/");
      children.set(
        pathSuffix,
        below === undefined ? { ...statusOf(file), pathSuffix } : directory(pathSuffix),
      );
    }
    return [...children.values()].sort((a, b) => (a.pathSuffix < b.pathSuffix ? -1 : 1));
  }

  #batch(path: string, startAfter: string): PlayedAnswer {
    if (!this.#hasDirectory(path)) return absent(path);
    const partialListing = {
      FileStatuses: { FileStatus: this.#children(path).filter(({ pathSuffix }) => pathSuffix > startAfter) },
    };
    return ok({ DirectoryListing: { partialListing, remainingEntries: 0 } });
  }

  #delete(path: string): boolean {
    const doomed = this.paths.filter((other) => other === path || other.startsWith(`${path}/`));
    for (const other of doomed) this.#files.delete(other);
    return doomed.length > 0;
  }

  /** Without options the old RENAME, which answers false; with them (NONE) the one that says what is wrong. */
  #rename(from: string, to: string, hasOptions: boolean): PlayedAnswer {
    const file = this.#files.get(from);
    const isTaken = this.#files.has(to);
    if (file !== undefined && !isTaken) {
      this.#files.delete(from);
      this.#files.set(to, file);
      return hasOptions ? { status: 200 } : ok({ boolean: true });
    }
    if (!hasOptions) return ok({ boolean: false });
    if (file === undefined)
      return remoteException("FileNotFoundException", `rename source ${from} is not found.`);
    return remoteException("FileAlreadyExistsException", `rename destination ${to} already exists`);
  }
}

function ok(body: unknown): PlayedAnswer {
  return { status: 200, body };
}

function listing(children: readonly object[]): PlayedAnswer {
  return ok({ FileStatuses: { FileStatus: children } });
}

function absent(path: string): PlayedAnswer {
  return remoteException("FileNotFoundException", `File does not exist: ${path}`);
}

function statusOf({ bytes, fileId, blockSize }: PlayedFile) {
  return {
    type: "FILE",
    length: bytes.length,
    fileId,
    blockSize,
    replication: 1,
    permission: "644",
    owner: "sewer",
  };
}

function directory(pathSuffix: string) {
  return {
    type: "DIRECTORY",
    length: 0,
    fileId: 1,
    blockSize: 0,
    replication: 0,
    permission: "755",
    pathSuffix,
  };
}
