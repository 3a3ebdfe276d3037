/** Sends pipelined requests over some connections until each was answered 204: `load-role.ts`. */
import { connect, type Socket } from "node:net";
import { answerAsks } from "../answer-asks.ts";
import { pixelRequest } from "../pixel-request.ts";
import { sampleRequests } from "../sample-events.ts";

/** How much is sent, and where to. */
interface Load {
  readonly port: number;
  readonly connections: number;
  /** Requests of a connection that are on their way together. */
  readonly depth: number;
  /** In all, at least; whole rounds of every connection. */
  readonly requests: number;
  /** Different requests, as compressible as real ones, not the same one again and again. @default false */
  readonly isVaried?: boolean;
}

answerAsks({ run: (load: Load) => run(load) });

async function run({ port, connections, depth, requests, isVaried = false }: Load): Promise<number> {
  const nextBurst = burstsOf(depth, isVaried);
  const rounds = Math.ceil(requests / (connections * depth));
  const sockets = await Promise.all(Array.from({ length: connections }, () => opened(port)));
  try {
    await Promise.all(sockets.map((socket) => drive(socket, { nextBurst, depth, rounds })));
  } finally {
    for (const socket of sockets) socket.destroy();
  }
  return rounds * connections * depth;
}

function opened(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => resolve(socket));
    socket.once("error", reject);
  });
}

/** What is sent next, on whichever connection: so many requests at once. */
function burstsOf(depth: number, isVaried: boolean): () => Buffer {
  const kinds = isVaried ? sampleRequests() : [pixelRequest];
  const bursts = kinds.map((_kind, burst) =>
    Buffer.concat(Array.from({ length: depth }, (_none, i) => kinds[(burst * depth + i) % kinds.length]!)),
  );
  let next = 0;
  return () => bursts[next++ % bursts.length]!;
}

/** The share of one connection. */
interface Bursts {
  readonly nextBurst: () => Buffer;
  readonly depth: number;
  readonly rounds: number;
}

/** All answers have one length: they are counted by their bytes, and by the server. */
function drive(socket: Socket, { nextBurst, depth, rounds }: Bursts): Promise<void> {
  let answerBytes = 0;
  let missingBytes = 0;
  let left = rounds;
  return new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("the server closed the connection")));
    socket.on("data", (chunk: Buffer) => {
      if (answerBytes === 0) {
        answerBytes = chunk.indexOf("\r\n\r\n") + 4;
        if (answerBytes < 4 || !chunk.toString("latin1").startsWith("HTTP/1.1 204 ")) {
          return reject(new Error("the server does not answer 204"));
        }
        missingBytes = answerBytes * depth;
      }
      missingBytes -= chunk.length;
      if (missingBytes > 0) return;
      left -= 1;
      if (left === 0) return resolve();
      missingBytes += answerBytes * depth;
      socket.write(nextBurst());
    });
    socket.write(nextBurst());
  });
}
