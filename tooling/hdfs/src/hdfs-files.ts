import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { SewerError } from "@sewer/core";
import { DirectoryWatch, type WatchOptions } from "./directory-watch.ts";
import { testbedErrors } from "./errors.ts";

/** A file or directory as the NameNode lists it. */
export interface HdfsFileStatus {
  /** The name in its directory; of `stat` itself empty. */
  readonly pathSuffix: string;
  readonly type: "FILE" | "DIRECTORY";
  /** Bytes; of an open file without the block that is being written. */
  readonly length: number;
  /** Stays with a file when it is renamed. */
  readonly fileId: number;
  readonly owner: string;
  /** Octal, such as `644`. */
  readonly permission: string;
  readonly replication: number;
  readonly blockSize: number;
  /** Epoch milliseconds. */
  readonly modificationTime: number;
}

/** How a file or directory is made. */
export interface MakeOptions {
  /** Who it belongs to afterwards. @default the superuser */
  readonly owner?: string;
  /** Octal, such as `700`. @default HDFS's own: 755 for directories, 644 for files */
  readonly permission?: string;
}

interface Answer {
  readonly status: number;
  readonly location: string;
  readonly body: Buffer;
}

const answerMsMax = 60_000;

/**
 * What an outside user does on the cluster, as the superuser and over WebHDFS: some milliseconds a call. It talks
 * to the active NameNode and tries nothing twice. What is refused fails with `SEWER_TESTBED_TOOL`, and what HDFS
 * said is the message.
 */
export class HdfsFiles {
  readonly #activeUrl: () => string;
  readonly #user: string;

  /** @internal */
  constructor(activeUrl: () => string, user: string) {
    this.#activeUrl = activeUrl;
    this.#user = user;
  }

  /** Makes a directory and what is missing above it; only the last one gets owner and permission. */
  async mkdir(path: string, options: MakeOptions = {}): Promise<void> {
    await this.#call("PUT", path, "MKDIRS");
    await this.#own(path, options);
  }

  /** Writes a file in place of whatever file is there. */
  async write(path: string, content: string | Uint8Array, options: MakeOptions = {}): Promise<void> {
    const { location } = await this.#call("PUT", path, "CREATE", { overwrite: "true" });
    expectSuccess(await send("PUT", location, content), `CREATE of ${path}`);
    await this.#own(path, options);
  }

  /** The bytes of a file. */
  async read(path: string): Promise<Buffer> {
    const { status, location, body } = await this.#call("GET", path, "OPEN");
    // An empty file needs no DataNode.
    if (status !== 307) return body;
    return expectSuccess(await send("GET", location), `OPEN of ${path}`).body;
  }

  /** Moves a file or directory, as a consumer does. Fails when there is something at `to`. */
  async rename(from: string, to: string): Promise<void> {
    await this.#call("PUT", from, "RENAME", { destination: to, renameoptions: "NONE" });
  }

  /** Deletes a file, or a directory with all in it. @returns false when it was not there. */
  async remove(path: string): Promise<boolean> {
    const { body } = await this.#call("DELETE", path, "DELETE", { recursive: "true" });
    return (JSON.parse(body.toString()) as { boolean: boolean }).boolean;
  }

  /** `permission` is octal, such as `700`. */
  async setPermission(path: string, permission: string): Promise<void> {
    await this.#call("PUT", path, "SETPERMISSION", { permission });
  }

  /** Gives a file or directory to another user, who need not exist. */
  async setOwner(path: string, owner: string): Promise<void> {
    await this.#call("PUT", path, "SETOWNER", { owner });
  }

  /** What the NameNode says of a path; undefined when nothing is there. */
  async stat(path: string): Promise<HdfsFileStatus | undefined> {
    const answer = await this.#ask("GET", path, "GETFILESTATUS");
    if (isAbsent(answer)) return undefined;
    const { body } = expectSuccess(answer, `GETFILESTATUS of ${path}`);
    return (JSON.parse(body.toString()) as { FileStatus: HdfsFileStatus }).FileStatus;
  }

  /** What is in a directory, hidden files too, by name; empty when it is not there. */
  async list(path: string): Promise<HdfsFileStatus[]> {
    const answer = await this.#ask("GET", path, "LISTSTATUS");
    if (isAbsent(answer)) return [];
    const { body } = expectSuccess(answer, `LISTSTATUS of ${path}`);
    return (JSON.parse(body.toString()) as { FileStatuses: { FileStatus: HdfsFileStatus[] } }).FileStatuses
      .FileStatus;
  }

  /** The paths of all files below a directory, hidden ones too. */
  async tree(path: string): Promise<string[]> {
    const found: string[] = [];
    for (const { pathSuffix, type } of await this.list(path)) {
      const child = `${path.replace(/\/$/, "")}/${pathSuffix}`;
      found.push(...(type === "DIRECTORY" ? await this.tree(child) : [child]));
    }
    return found;
  }

  /** For each block of a file the data addresses (`127.0.0.1:PORT`) of the DataNodes that have it. */
  async replicas(path: string): Promise<string[][]> {
    const { body } = await this.#call("GET", path, "GETFILEBLOCKLOCATIONS");
    const found = JSON.parse(body.toString()) as { BlockLocations: { BlockLocation: { names: string[] }[] } };
    return found.BlockLocations.BlockLocation.map(({ names }) => names);
  }

  /** Begins to list a directory again and again and notes each change, until `stop()`. */
  watch(path: string, options: WatchOptions = {}): DirectoryWatch {
    return new DirectoryWatch(() => this.list(path), options);
  }

  async #own(path: string, { owner, permission }: MakeOptions): Promise<void> {
    if (permission !== undefined) await this.setPermission(path, permission);
    if (owner !== undefined) await this.setOwner(path, owner);
  }

  async #call(
    method: string,
    path: string,
    op: string,
    parameters: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    return expectSuccess(await this.#ask(method, path, op, parameters), `${op} of ${path}`);
  }

  async #ask(
    method: string,
    path: string,
    op: string,
    parameters: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const query = new URLSearchParams({ op, "user.name": this.#user, ...parameters });
    return send(method, `${this.#activeUrl()}/webhdfs/v1${encodeURI(path)}?${query.toString()}`);
  }
}

// node:http takes the 100 Continue that a DataNode sends unasked; fetch breaks off on it.
async function send(method: string, url: string, content?: string | Uint8Array): Promise<Answer> {
  const signal = AbortSignal.timeout(answerMsMax);
  const sent = request(url, { method, agent: false, signal });
  sent.end(content);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  const { statusCode: status = 0, headers } = response;
  return { status, location: headers.location ?? "", body: await buffer(response) };
}

function isAbsent({ status, body }: Answer): boolean {
  return status === 404 && body.includes("FileNotFoundException");
}

function expectSuccess(answer: Answer, what: string): Answer {
  if (answer.status < 400) return answer;
  throw new SewerError(testbedErrors.tool, `${what}: ${answer.status} ${answer.body.toString("utf8")}`);
}
