import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import type { Hdfs } from "../src/index.ts";

async function send(method: string, url: string, body?: string | Buffer): Promise<IncomingMessage> {
  const sent = request(url, { method, agent: false });
  sent.end(body);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return response;
}

/** Both steps of CREATE; gives the last status. */
export async function create(
  hdfs: Hdfs,
  path: string,
  content: string | Buffer,
): Promise<number | undefined> {
  const url = `${hdfs.namenodeUrl}/webhdfs/v1${path}?op=CREATE&user.name=${hdfs.user}`;
  const first = await send("PUT", url);
  first.resume();
  const { statusCode, headers } = first;
  if (statusCode !== 307) return statusCode;
  const second = await send("PUT", headers.location ?? "", content);
  second.resume();
  return second.statusCode;
}

/** Both steps of OPEN. */
export async function read(hdfs: Hdfs, path: string): Promise<string> {
  const first = await send("GET", `${hdfs.namenodeUrl}/webhdfs/v1${path}?op=OPEN&user.name=${hdfs.user}`);
  first.resume();
  return text(await send("GET", first.headers.location ?? ""));
}
