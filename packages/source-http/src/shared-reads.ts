import { connect, createServer, Socket, type AddressInfo, type Server } from "node:net";
import type { Clock } from "@sewer/core";

/** Bytes of the one buffer that all sockets read into. */
const bufferBytes = 64 * 1024;
/** Time for the probe; it takes a few milliseconds. */
const probeMs = 2000;

/**
 * Called with what was read: the first `length` bytes of `buffer`, valid only during the call; `this` is the
 * socket. @returns true to be called again.
 */
export type OnRead = (this: Socket, length: number, buffer: Uint8Array) => boolean;

/** What an accepted socket and the options of a new one have beyond their types. */
interface Handled {
  _handle: unknown;
}

/**
 * Lets accepted sockets read into one shared buffer instead of a new one for each read. Node documents the
 * option `onread` for sockets that a program makes itself; an accepted one has to be made anew around its
 * handle, which is not documented. So {@link canShareReads} tries it before it is relied on.
 */
export class SharedReads {
  /** What every read is written to. */
  readonly buffer: Buffer = Buffer.allocUnsafeSlow(bufferBytes);

  /**
   * Makes a socket anew. The server does not count it any more.
   *
   * @param accepted of a server with `pauseOnConnect`, so nothing of it is read yet; it is used up.
   */
  adopt(accepted: Socket, onRead: OnRead): Socket {
    const old = accepted as unknown as Handled;
    const handle = old._handle;
    old._handle = null;
    accepted.destroy();
    const options = { handle, allowHalfOpen: true, onread: { buffer: this.buffer, callback: onRead } };
    return new Socket(options as ConstructorParameters<typeof Socket>[0]);
  }
}

let probed: Promise<boolean> | undefined;

/** True when this Node can do what {@link SharedReads} needs; tried once a process, over loopback. */
export function canShareReads(clock: Clock): Promise<boolean> {
  probed ??= probe(clock);
  return probed;
}

/** Two pieces there with a pause between them, one back, the end of both sides. */
async function probe(clock: Clock): Promise<boolean> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  const sockets: Socket[] = [];
  let cancel: (() => void) | undefined;
  try {
    return await new Promise<boolean>((resolve) => {
      const fail = (): void => resolve(false);
      cancel = clock.schedule(probeMs, fail);
      server.on("error", fail);
      server.on("connection", (accepted) => {
        try {
          sockets.push(answerProbe(accepted, fail));
        } catch {
          // Whatever is different in this Node: the public way is the one to take.
          fail();
        }
      });
      // Exclusive: workers of node:cluster would share the port, and answer each other's probes.
      const listening = { port: 0, host: "127.0.0.1", exclusive: true };
      server.listen(listening, () => sockets.push(askProbe(server, resolve)));
    });
  } finally {
    cancel?.();
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

function answerProbe(accepted: Socket, fail: () => void): Socket {
  let received = "";
  const socket = new SharedReads().adopt(accepted, function onRead(length, buffer) {
    received += Buffer.from(buffer.subarray(0, length)).toString("latin1");
    this.pause();
    setImmediate(() => {
      this.resume();
      if (received.length === 1) this.write("1");
    });
    return true;
  });
  socket.on("error", fail);
  socket.on("end", () => socket.end(received));
  return socket;
}

function askProbe(server: Server, settle: (isWorking: boolean) => void): Socket {
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  let received = "";
  socket.on("error", () => settle(false));
  socket.on("connect", () => socket.write("a"));
  socket.on("data", (chunk: Buffer) => {
    received += chunk.toString("latin1");
    if (received === "1") socket.end("b");
  });
  socket.on("end", () => settle(received === "1ab"));
  return socket;
}
