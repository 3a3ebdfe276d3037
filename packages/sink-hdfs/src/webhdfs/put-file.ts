import { SewerError } from "@sewer/core";
import type { HdfsLimits } from "../options.ts";
import { DataNodeExchange, type DataNodeRequest } from "./exchange.ts";

/** A file to send to a DataNode. */
export interface PutFile extends DataNodeRequest {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** For the whole upload. */
  readonly uploadMs: number;
}

/** What became of a file that was sent to its end. */
export type SentFile =
  | { readonly bytes: number; readonly isConfirmed: true }
  /** `doubt` is why there is no answer. */
  | { readonly bytes: number; readonly isConfirmed: false; readonly doubt: SewerError };

/**
 * Sends a file, chunked. The body begins after the DataNode's 100, and is ended only when `chunks` ended: in
 * every other case the connection is destroyed. Settles on 201, or when the whole body was sent and no answer came.
 *
 * @throws SewerError; what `chunks` throws; the signal's reason.
 */
export async function putFile(options: PutFile): Promise<SentFile> {
  const { chunks, limits, clock, uploadMs } = options;
  const exchange = new DataNodeExchange(options, "PUT", {
    // HttpFS asks for this type.
    "Content-Type": "application/octet-stream",
    "Transfer-Encoding": "chunked",
    Expect: "100-continue",
  });
  const cancelTotal = clock.schedule(uploadMs, () => exchange.expire(`took more than ${uploadMs} ms`));
  try {
    await exchange.until(() => exchange.isConnected);
    exchange.limit(limits.dataNodeContinue, "sent no 100 Continue");
    await exchange.until(() => exchange.isContinued || exchange.response !== undefined);
    const bytes = await sendBody(exchange, chunks, limits);
    const doubt = await confirm(exchange);
    return doubt === undefined ? { bytes, isConfirmed: true } : { bytes, isConfirmed: false, doubt };
  } finally {
    cancelTotal();
    exchange.close();
  }
}

async function sendBody(
  exchange: DataNodeExchange,
  chunks: AsyncIterable<Uint8Array>,
  limits: HdfsLimits,
): Promise<number> {
  let bytes = 0;
  exchange.unlimit();
  for await (const chunk of chunks) {
    if (exchange.response !== undefined) break;
    await exchange.write(chunk, limits.stall);
    bytes += chunk.length;
  }
  const early = exchange.response;
  if (early === undefined) {
    exchange.end();
    exchange.limit(limits.commit, "did not confirm the file");
    return bytes;
  }
  // Whatever it says: it has not seen the whole file (a malformed chunk gives 201).
  if (early.statusCode !== 201) throw await exchange.refusal(early);
  throw exchange.error("answered 201 before the file was sent");
}

/** Waits for 201. @returns why it is unknown whether the file was closed. @throws what speaks against the file. */
async function confirm(exchange: DataNodeExchange): Promise<SewerError | undefined> {
  try {
    const response = await exchange.answer();
    if (response.statusCode === 201) return undefined;
    throw await exchange.refusal(response);
  } catch (error) {
    if (error instanceof SewerError && error.context["action"] === "unknown") return error;
    throw error;
  }
}
