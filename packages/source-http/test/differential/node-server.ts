import { createServer, type IncomingMessage } from "node:http";
import { Duplex } from "node:stream";
import type { Outcome, Served } from "./outcome.ts";

/** The server's end of a connection in memory. */
class Wire extends Duplex {
  readonly requests: { readonly message: IncomingMessage; body: string }[] = [];
  error: string | undefined;

  override _read(): void {}

  override _write(_chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    done();
  }
}

const server = createServer({
  keepAliveTimeout: 0,
  // Whether a request has a Host is judged by ours alone: node answers it without telling anybody.
  requireHostHeader: false,
});
server.on("request", (message) => {
  const wire = message.socket as unknown as Wire;
  const request = { message, body: "" };
  wire.requests.push(request);
  message.on("data", (chunk: Buffer) => (request.body += chunk.toString("latin1")));
});
server.on("checkContinue", (message, response) => server.emit("request", message, response));
server.on("checkExpectation", (message) => {
  (message.socket as unknown as Wire).error ??= "expectation";
  message.resume();
});
server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
  (socket as unknown as Wire).error ??= error.code ?? error.message;
});

/** What node:http, that is llhttp, makes of each input. */
export async function askNode(inputs: readonly Buffer[]): Promise<Outcome[]> {
  const wires = inputs.map((input) => {
    const wire = new Wire();
    wire.on("error", (error) => (wire.error ??= (error as NodeJS.ErrnoException).code ?? "error"));
    server.emit("connection", wire);
    wire.push(input);
    wire.push(null);
    return wire;
  });
  // Streams move on by ticks, all of them before an immediate of the next turn.
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  const outcomes = wires.map((wire) => outcomeOf(wire));
  for (const wire of wires) wire.destroy();
  return outcomes;
}

function outcomeOf({ requests, error }: Wire): Outcome {
  const whole = requests.filter(({ message }) => message.complete);
  return {
    served: whole.map(({ message, body }) => servedOf(message, body)),
    end: error === undefined || error === "HPE_INVALID_EOF_STATE" ? "more" : error,
    bodyBytes: requests.reduce((sum, { body }) => sum + body.length, 0),
  };
}

function servedOf({ method = "", url = "", rawHeaders }: IncomingMessage, body: string): Served {
  const valuesOf = (name: string): string[] =>
    rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]!.toLowerCase() === name);
  const cookies = valuesOf("cookie");
  const mark = url.indexOf("?");
  return {
    method,
    host: valuesOf("host")[0] ?? "",
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? null : url.slice(mark + 1),
    referer: valuesOf("referer")[0] ?? null,
    userAgent: valuesOf("user-agent")[0] ?? null,
    cookies: cookies.length === 0 ? null : cookies.join("; "),
    extra: valuesOf("x-a"),
    body,
  };
}
