/** Connections that send one request each and wait: `idle-role.ts`. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { answerAsks } from "../answer-asks.ts";
import { sampleRequests } from "../sample-events.ts";

/** At once, so that no queue of the kernel overflows. */
const openingMax = 100;
const requests = sampleRequests();
const sockets: Socket[] = [];

answerAsks({
  open: async ({ port, connections }: { readonly port: number; readonly connections: number }) => {
    while (sockets.length < connections) {
      const count = Math.min(openingMax, connections - sockets.length);
      sockets.push(...(await Promise.all(Array.from({ length: count }, (_, index) => ask(port, index)))));
    }
    return sockets.filter((socket) => !socket.destroyed).length;
  },
});

async function ask(port: number, index: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1" });
  await once(socket, "connect");
  socket.write(requests[index % requests.length]!);
  const [answer] = (await once(socket, "data")) as [Buffer];
  if (!answer.toString("latin1").startsWith("HTTP/1.1 204 ")) throw new Error(`not a 204: ${String(answer)}`);
  return socket;
}
