/** Sends pipelined requests over some connections until each was answered 204: `load-role.ts`. */
import { connect, type Socket } from "node:net";
import { answerAsks } from "../answer-asks.ts";
import { pixelRequest } from "../pixel-request.ts";

/** How much is sent, and where to. */
interface Load {
  readonly port: number;
  readonly connections: number;
  /** Requests of a connection that are on their way together. */
  readonly depth: number;
  /** In all, at least; whole rounds of every connection. */
  readonly requests: number;
}

answerAsks({ run: (load: Load) => run(load) });

async function run({ port, connections, depth, requests }: Load): Promise<number> {
  const rounds = Math.ceil(requests / (connections * depth));
  const sockets = await Promise.all(Array.from({ length: connections }, () => opened(port)));
  try {
    await Promise.all(sockets.map((socket) => drive(socket, depth, rounds)));
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

/** All answers have one length: they are counted by their bytes, and by the server. */
function drive(socket: Socket, depth: number, rounds: number): Promise<void> {
  const burst = Buffer.concat(Array.from({ length: depth }, () => pixelRequest));
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
      socket.write(burst);
    });
    socket.write(burst);
  });
}
