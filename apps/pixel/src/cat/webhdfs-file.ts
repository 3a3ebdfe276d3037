import { Agent } from "node:http";
import { SewerError } from "@sewer/core";
import type { WebHdfsClient } from "webhdfs";
import { pixelErrors } from "../errors.ts";
import { reasonOf } from "./cat-error.ts";

/**
 * Bytes asked for at a time. Each piece is compared with its known length, because a connection that
 * breaks off looks like an end of file to npm `webhdfs`.
 */
const pieceBytes = 4 * 1024 * 1024;

/** True for the names that {@link readWebHdfsFile} reads. */
export function isWebHdfsUrl(name: string): boolean {
  return name.startsWith("webhdfs://");
}

/** How {@link readWebHdfsFile} reads. */
export interface WebHdfsFileOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How long a server may be silent, in milliseconds. @default 60000 */
  readonly silenceMs?: number;
}

/**
 * The chunks of `webhdfs://[user@]host:port/path`. The user is also taken from `HADOOP_USER_NAME`.
 *
 * @throws SewerError `SEWER_CAT_UNREADABLE` when the server says no, `SEWER_CAT_SERVER` when it cannot be
 * reached, breaks off or falls silent.
 */
export async function* readWebHdfsFile(
  name: string,
  { env, silenceMs = 60_000 }: WebHdfsFileOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const url = URL.canParse(name) ? new URL(name) : undefined;
  if (url === undefined || url.hostname === "" || url.pathname.length < 2) {
    const reason = "expected webhdfs://[user@]host:port/path";
    throw new SewerError(pixelErrors.catUnreadable, reason, { retry: "permanent" });
  }
  // The package calls url.parse; that warning would be none of the user's business.
  process.noDeprecation = true;
  const { default: webhdfs } = await import("webhdfs");
  const user = decodeURIComponent(url.username) || env["HADOOP_USER_NAME"];
  const address = {
    host: url.hostname,
    port: url.port === "" ? "9870" : url.port,
    path: "/webhdfs/v1",
    ...(user === undefined || user === "" ? {} : { user }),
  };
  // A connection that is kept may be closed by the server, while a piece is printed, just when it is used again.
  const agent = new Agent({ keepAlive: false });
  const client = webhdfs.createClient(address, { timeout: silenceMs, agent });
  const length = await lengthOf(client, url.pathname);
  for (let offset = 0; offset < length; offset += pieceBytes) {
    yield readPiece(client, url.pathname, offset, Math.min(pieceBytes, length - offset));
  }
}

function lengthOf(client: WebHdfsClient, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    client.stat(path, (error, status) => {
      if (error !== null || status === undefined) reject(failure(error));
      else if (status.type !== "FILE") reject(failure(new Error("it is a directory")));
      else resolve(status.length);
    });
  });
}

function readPiece(client: WebHdfsClient, path: string, offset: number, length: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const stream = client.createReadStream(path, { offset, length });
    stream.on("error", (error: unknown) => reject(failure(error)));
    stream.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= length) chunks.push(chunk);
    });
    stream.on("finish", () => {
      if (bytes === length) return resolve(Buffer.concat(chunks));
      const reason = `${length} bytes from byte ${offset} were asked for and ${bytes} came`;
      reject(new SewerError(pixelErrors.catServer, reason));
    });
  });
}

/** An answer of HDFS has no Node code; a connection that failed has one. */
function failure(cause: unknown): SewerError {
  const code = (cause as NodeJS.ErrnoException | null)?.code;
  if (code === undefined) {
    const reason = `HDFS says: ${reasonOf(cause)}`;
    return new SewerError(pixelErrors.catUnreadable, reason, { retry: "permanent", cause });
  }
  return new SewerError(pixelErrors.catServer, `the server cannot be reached: ${reasonOf(cause)}`, { cause });
}
