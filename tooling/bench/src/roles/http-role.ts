/** One HTTP server in front of a spool: `http-role.ts shared|stream|node DIR`. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { noMetrics, silentLogger, systemClock, systemRandom } from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";
import { HttpSource, httpSourceOptions } from "@sewer/source-http";
import { openSpool } from "@sewer/spool";
import { accessLogEvent } from "@sewer/writable";
import { answerAsks } from "../answer-asks.ts";
import { cpuTime } from "../cpu-time.ts";
import { names, sealedBelow, writerOptions } from "../spool-files.ts";

const [kind = "", dir = ""] = process.argv.slice(2);
const spoolDir = join(dir, kind);
const spool = await openSpool(writerOptions(spoolDir, "interval"));
/** Requests to Node's server that the spool has no room for yet. */
const waiting: { readonly event: Buffer; readonly response: ServerResponse }[] = [];
const port = kind === "node" ? await listenWithNode() : await listenWithOurs();

/** The server of Node, with the same record of every request. */
async function listenWithNode(): Promise<number> {
  spool.onRoom(commitWaiting);
  const server = createServer({ keepAliveTimeout: 60_000 }, record);
  server.listen(0, "127.0.0.1", 1024);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

function record({ url = "", headers, socket }: IncomingMessage, response: ServerResponse): void {
  const mark = url.indexOf("?");
  const event = accessLogEvent.encodeRecord({
    timestamp: Date.now(),
    ip: socket.remoteAddress ?? "",
    host: headers.host ?? "",
    requestPath: mark < 0 ? url : url.slice(0, mark),
    queryString: mark < 0 ? null : url.slice(mark + 1),
    referer: headers.referer ?? null,
    userAgent: headers["user-agent"] ?? null,
    cookies: headers.cookie ?? null,
  });
  waiting.push({ event, response });
  commitWaiting();
}

/** In order, as long as the spool has room; then again once it has. */
function commitWaiting(): void {
  for (let first = waiting[0]; first !== undefined; first = waiting[0]) {
    const { event, response } = first;
    const room = spool.reserve(event.length);
    if (typeof room === "string") return;
    event.copy(room.buffer, room.offset);
    spool.commit(event.length);
    response.writeHead(204, { "Cache-Control": "no-store" }).end();
    waiting.shift();
  }
}

async function listenWithOurs(): Promise<number> {
  const options = httpSourceOptions.parse({
    type: "http",
    host: "127.0.0.1",
    port: 0,
    readPath: kind === "stream" ? "stream" : "auto",
  });
  const source = new HttpSource(options, {
    flow: names.flow,
    name: "source",
    hostname: "localhost",
    baseDir: dir,
    clock: systemClock,
    random: systemRandom,
    fs: nodeFileSystem,
    logger: silentLogger,
    metrics: noMetrics,
  });
  await source.open(spool);
  return Number(new URL(source.addresses.pixel).port);
}

answerAsks(
  {
    port: async () => port,
    usage: async () => ({
      cpu: cpuTime().process,
      records: spool.statistics.recordsAppended,
      memory: process.memoryUsage().rss,
    }),
    // So that a long run does not fill the disk.
    trim: async () => {
      await spool.roll();
      for (const path of (await sealedBelow(spoolDir)).paths) await rm(path);
    },
  },
  // Its connections would be waited for.
  async () => process.exit(0),
);
