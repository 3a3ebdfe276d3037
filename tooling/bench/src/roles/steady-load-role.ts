/** Sends requests at a steady rate and times the answers: `steady-load-role.ts`. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { answerAsks } from "../answer-asks.ts";
import { sampleRequests } from "../sample-events.ts";

/** How much is sent, and where to. */
interface SteadyLoad {
  readonly port: number;
  readonly connections: number;
  /** Requests a second, whether or not earlier ones were answered. */
  readonly rate: number;
  readonly seconds: number;
}

/** What came of it. */
interface Latencies {
  readonly requests: number;
  /** From when a request was due to its answer, in ms. */
  readonly p50: number;
  readonly p99: number;
}

const requests = sampleRequests();
const tickMs = 1;

answerAsks({ run: (load: SteadyLoad) => run(load) });

/**
 * A request is due at its time even if this process is late with it, and its latency counts from then: a server
 * that stalls cannot slow the load down and so hide the stall.
 */
async function run({ port, connections, rate, seconds }: SteadyLoad): Promise<Latencies> {
  const lanes = await Promise.all(Array.from({ length: connections }, () => Lane.open(port)));
  const count = Math.round(rate * seconds);
  const startMs = performance.now();
  for (let sent = 0; sent < count;) {
    const dueCount = Math.min(count, Math.floor(((performance.now() - startMs) * rate) / 1000));
    for (; sent < dueCount; sent++) {
      lanes[sent % connections]!.send(requests[sent % requests.length]!, startMs + (sent * 1000) / rate);
    }
    await new Promise((resolve) => setTimeout(resolve, tickMs));
  }
  await Promise.all(lanes.map((lane) => lane.close()));
  const latencies = lanes.flatMap((lane) => lane.latencies).sort((a, b) => a - b);
  const percentile = (share: number): number => latencies[Math.floor((latencies.length - 1) * share)]!;
  return { requests: latencies.length, p50: percentile(0.5), p99: percentile(0.99) };
}

/** One keep-alive connection; answers come in the order of the requests. */
class Lane {
  readonly latencies: number[] = [];
  readonly #socket: Socket;
  readonly #dueMs: number[] = [];
  readonly #ended: Promise<void>;
  #isClosing = false;
  #received = "";
  #fail: (error: Error) => void = () => {};
  #end: () => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#ended = new Promise((resolve, reject) => {
      this.#end = resolve;
      this.#fail = reject;
    });
    // Whoever closes the lane hears of it.
    this.#ended.catch(() => {});
    socket.setEncoding("latin1").on("data", (text: string) => this.#take(text));
    socket.on("error", this.#fail);
    socket.on("close", () => this.#fail(new Error("the server closed the connection")));
  }

  static async open(port: number): Promise<Lane> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new Lane(socket);
  }

  send(request: Buffer, dueMs: number): void {
    this.#dueMs.push(dueMs);
    this.#socket.write(request);
  }

  /** Waits for the answers that are missing. */
  async close(): Promise<void> {
    this.#isClosing = true;
    if (this.#dueMs.length === 0) this.#end();
    await this.#ended;
    this.#socket.destroy();
  }

  #take(text: string): void {
    const nowMs = performance.now();
    this.#received += text;
    for (let end = this.#received.indexOf("\r\n\r\n"); end >= 0; end = this.#received.indexOf("\r\n\r\n")) {
      if (!this.#received.startsWith("HTTP/1.1 204 ")) {
        return this.#fail(new Error(`not a 204: ${this.#received.slice(0, 40)}`));
      }
      this.#received = this.#received.slice(end + 4);
      this.latencies.push(nowMs - this.#dueMs.shift()!);
    }
    if (this.#isClosing && this.#dueMs.length === 0) this.#end();
  }
}
