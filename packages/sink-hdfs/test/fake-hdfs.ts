import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { HdfsChecksum } from "../src/index.ts";

/** One request that reached a NameNode or the DataNode. */
export interface Seen {
  /** `nn0`, `nn1` or `dn`. */
  readonly at: string;
  readonly op: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
}

interface StoredFile {
  bytes: Buffer;
  readonly fileId: number;
  readonly blockSize: number;
}

/** Answers in the place of the cluster; true when it did (or will). */
export type Intercept = (seen: Seen, request: IncomingMessage, response: ServerResponse) => boolean | void;

/**
 * NameNodes and a DataNode that keep files in memory and answer as Hadoop 3.4 does: 307 for CREATE, OPEN and
 * GETFILECHECKSUM, 403 for almost every fault, a short file for a cut upload, Connection: close.
 */
export class FakeHdfs {
  readonly files = new Map<string, StoredFile>();
  readonly seen: Seen[] = [];
  intercept: Intercept = () => false;
  readonly #servers: Server[] = [];
  #fileId = 16_385;
  /** URL of the DataNode. */
  dataNode = "";
  /** What JMX lists; undefined: it may not be read. */
  liveNodes: Record<string, unknown> | undefined;
  /** `dfs.ls.limit`. */
  pageEntries = 1000;
  /** How often JMX was read. */
  jmxReads = 0;

  /** URLs of the NameNodes. */
  readonly namenodes: string[] = [];

  static async start(nameNodes = 1): Promise<FakeHdfs> {
    const hdfs = new FakeHdfs();
    hdfs.dataNode = await hdfs.#listen("dn");
    hdfs.liveNodes = { "dn1:9866": { infoAddr: new URL(hdfs.dataNode).host, xferaddr: "127.0.0.1:9866" } };
    for (let i = 0; i < nameNodes; i++) hdfs.namenodes.push(await hdfs.#listen(`nn${i}`));
    return hdfs;
  }

  async close(): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  ops(): string[] {
    return this.seen.map(({ at, op }) => `${at} ${op}`);
  }

  put(path: string, bytes: Buffer | string, blockSize = 1 << 20): void {
    this.files.set(path, { bytes: Buffer.from(bytes), fileId: this.#fileId++, blockSize });
  }

  /** As a consumer does. */
  move(from: string, to: string): void {
    const file = this.files.get(from);
    if (file !== undefined && this.files.delete(from)) this.files.set(to, file);
  }

  async #listen(at: string): Promise<string> {
    const handle = (request: IncomingMessage, response: ServerResponse): void => {
      const url = new URL(request.url ?? "", "http://x");
      if (url.pathname === "/jmx") return this.#answerJmx(response);
      const path = decodeURIComponent(url.pathname).replace(/^\/webhdfs\/v1/, "");
      const op = url.searchParams.get("op") ?? "";
      const seen: Seen = { at, op, path, query: url.searchParams, headers: request.headers };
      this.seen.push(seen);
      if (this.intercept(seen, request, response) === true) return;
      if (at === "dn") this.#answerAtDataNode(seen, request, response);
      else this.#answerAtNameNode(seen, request, response);
    };
    const server = createServer(handle).on("checkContinue", handle);
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  #answerJmx(response: ServerResponse): void {
    this.jmxReads++;
    if (this.liveNodes === undefined) response.writeHead(403).end("<html>");
    else sendJson(response, { beans: [{ LiveNodes: JSON.stringify(this.liveNodes) }] });
  }

  #answerAtNameNode({ op, path, query }: Seen, request: IncomingMessage, response: ServerResponse): void {
    const file = this.files.get(path) ?? this.#fileOfId(path);
    if (op === "CREATE" || ((op === "OPEN" || op === "GETFILECHECKSUM") && file !== undefined)) {
      response.writeHead(307, { Location: `${this.dataNode}${request.url}`, "Content-Length": 0 }).end();
    } else if (op === "GETFILESTATUS" && path === "/") {
      sendJson(response, { FileStatus: { type: "DIRECTORY", length: 0, fileId: 1, blockSize: 0 } });
    } else if (op === "DELETE") {
      sendJson(response, { boolean: this.files.delete(path) });
    } else if (op === "LISTSTATUS_BATCH") {
      const names = [...this.files.keys()]
        .filter((name) => name.startsWith(`${path}/`))
        .map((name) => name.slice(path.length + 1))
        .filter((name) => name > (query.get("startAfter") ?? ""))
        .sort();
      const page = names.slice(0, this.pageEntries).map((pathSuffix) => ({ pathSuffix }));
      const partialListing = { FileStatuses: { FileStatus: page } };
      const remainingEntries = names.length - page.length;
      sendJson(response, { DirectoryListing: { partialListing, remainingEntries } });
    } else if (op === "SETTIMES" && this.#isDirectory(path)) {
      response.writeHead(200, { "Content-Length": 0 }).end();
    } else if (file === undefined) {
      sendException(response, "FileNotFoundException", `File does not exist: ${path}`);
    } else if (op === "GETFILESTATUS") {
      const { bytes, fileId, blockSize } = file;
      sendJson(response, { FileStatus: { type: "FILE", length: bytes.length, fileId, blockSize } });
    } else if (op === "RENAME") {
      this.#rename(path, query.get("destination") ?? "", response);
    } else {
      sendException(response, "IllegalArgumentException", `Invalid value for webhdfs parameter "op": ${op}`);
    }
  }

  #fileOfId(path: string): StoredFile | undefined {
    const fileId = /^\/\.reserved\/\.inodes\/(\d+)$/.exec(path)?.[1];
    return [...this.files.values()].find((file) => String(file.fileId) === fileId);
  }

  #isDirectory(path: string): boolean {
    return path === "/" || [...this.files.keys()].some((name) => name.startsWith(`${path}/`));
  }

  #rename(from: string, to: string, response: ServerResponse): void {
    const file = this.files.get(from);
    if (file === undefined) return sendException(response, "FileNotFoundException", `rename source ${from}`);
    if (this.files.has(to)) {
      return sendException(response, "FileAlreadyExistsException", `rename destination ${to} already exists`);
    }
    this.files.delete(from);
    this.files.set(to, file);
    response.writeHead(200, { "Content-Length": 0 }).end();
  }

  #answerAtDataNode({ op, path, query }: Seen, request: IncomingMessage, response: ServerResponse): void {
    response.setHeader("Connection", "close");
    const file = this.files.get(path);
    if (op === "CREATE") {
      this.#create(path, Number(query.get("blocksize")), request, response);
    } else if (file === undefined) {
      sendException(response, "FileNotFoundException", `File ${path} not found.`);
    } else if (op === "OPEN") {
      response.writeHead(200, { "Content-Length": file.bytes.length }).end(file.bytes);
    } else {
      const checksum = new HdfsChecksum(file.blockSize);
      checksum.update(file.bytes);
      const bytes = `00000200${"0".repeat(16)}${checksum.digest()}00000000`;
      sendJson(response, { FileChecksum: { algorithm: "MD5-of-0MD5-of-512CRC32C", bytes, length: 28 } });
    }
  }

  #create(path: string, blockSize: number, request: IncomingMessage, response: ServerResponse): void {
    response.writeContinue();
    if (this.files.has(path)) {
      return sendException(response, "FileAlreadyExistsException", `${path} for client x already exists`);
    }
    this.put(path, "", blockSize);
    const pieces: Buffer[] = [];
    const complete = (): void => {
      const file = this.files.get(path);
      if (file !== undefined) file.bytes = Buffer.concat(pieces);
    };
    request.on("data", (piece: Buffer) => pieces.push(piece));
    // A cut upload is closed as it is.
    request.on("error", complete);
    request.on("end", () => {
      complete();
      response.writeHead(201, { "Content-Length": 0, Location: `hdfs://x${path}` }).end();
    });
  }
}

/** Answers as Hadoop does. */
export function sendException(response: ServerResponse, exception: string, message: string): void {
  const status = exception === "FileNotFoundException" ? 404 : 403;
  const javaClassName = `org.apache.hadoop.x.${exception}`;
  sendJson(response, { RemoteException: { exception, javaClassName, message } }, status);
}

/** Answers with JSON. */
export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}
