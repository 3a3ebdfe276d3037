/**
 * Connections of a process of their own, so that each side has its own limit of open files: opens COUNT of them to
 * PORT, says so with a line, and one more when all are closed.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

const [port = 0, count = 0] = process.argv.slice(2).map(Number);
const sockets: Socket[] = [];
while (sockets.length < count) {
  // Some at a time: a full backlog is not what is tested.
  const batch = Array.from({ length: Math.min(200, count - sockets.length) }, () =>
    connect(port, "127.0.0.1"),
  );
  await Promise.all(batch.map((socket) => once(socket, "connect")));
  sockets.push(...batch);
}
const closed = Promise.all(sockets.map((socket) => once(socket.resume(), "close")));
process.stdout.write("open\n");
await closed;
process.stdout.write("closed\n");
