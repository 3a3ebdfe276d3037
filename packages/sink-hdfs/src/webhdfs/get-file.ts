import { DataNodeExchange, readText, type DataNodeRequest } from "./exchange.ts";

/** The bytes of a file on a DataNode, with a limit for each next piece. */
export async function* getFile(options: DataNodeRequest): AsyncGenerator<Buffer, void, undefined> {
  const { limits, signal } = options;
  const exchange = new DataNodeExchange(options, "GET", {});
  try {
    exchange.end();
    await exchange.until(() => exchange.isConnected);
    exchange.limit(limits.stall, "did not answer");
    const response = await exchange.answer();
    if (response.statusCode !== 200) throw await exchange.refusal(response);
    exchange.limit(limits.stall, "sent no more bytes");
    try {
      for await (const chunk of response) {
        exchange.unlimit();
        yield chunk as Buffer;
        exchange.limit(limits.stall, "sent no more bytes");
      }
    } catch (error) {
      signal.throwIfAborted();
      throw exchange.error("broke off its answer", error);
    }
  } finally {
    exchange.close();
  }
}

/** A short answer of a DataNode, as text. */
export function getText(options: DataNodeRequest): Promise<string> {
  return readText(getFile(options));
}
