import { connect } from "node:net";

/** Longest wait for a connection, and then for each step of the sending, in milliseconds. */
const patienceMs = 10_000;

/** Sends text over a connection of its own; settles when the other side has it all and has closed. */
export function sendLines(
  { host, port }: { readonly host: string; readonly port: number },
  text: string,
): Sending {
  const socket = connect({ host, port });
  const done = new Promise<void>((resolve, reject) => {
    socket.setTimeout(patienceMs, () => socket.destroy(new Error(`nothing happened for ${patienceMs} ms`)));
    socket.on("error", reject);
    socket.on("close", () => resolve());
  });
  // Nothing is said back; without reading it the end would not be seen either.
  socket.resume();
  socket.end(text);
  return { done, abandon: () => void socket.destroy() };
}

/** Lines on their way. */
export interface Sending {
  /** Rejects with Node's error when they could not be sent. */
  readonly done: Promise<void>;
  /** Gives up. */
  abandon(): void;
}
