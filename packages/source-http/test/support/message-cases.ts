import { host, refused, served, withFields, type Case } from "./case.ts";

const persistence: Case[] = [
  ...[
    "close",
    "Close",
    "keep-alive, close",
    "close, keep-alive",
    "x , close",
    "\t,close,",
    "close\r\nConnection: keep-alive",
    "x\r\nConnection: close",
  ].map((value) =>
    served(["R23", `1.1, Connection: ${value}: closes`, withFields(`Connection: ${value}\r\n`)], {}, true),
  ),
  ...["keep-alive", "closed", "xclose", "clos", "", ",", "close;q=1", "x, y"].map((value) =>
    served(["R23", `1.1, Connection: ${value}: stays`, withFields(`Connection: ${value}\r\n`)], {}),
  ),
  served(["R23", "1.0 closes", withFields("", "1.0")], {}, true),
  ...["keep-alive", "Keep-Alive", "x, KEEP-ALIVE"].map((value) =>
    served(["R23", `1.0, Connection: ${value}: stays`, withFields(`Connection: ${value}\r\n`, "1.0")]),
  ),
  ...["keep-alive, close", "close", "keepalive", "keep-alivex"].map((value) =>
    served(
      ["R23", `1.0, Connection: ${value}: closes`, withFields(`Connection: ${value}\r\n`, "1.0")],
      {},
      true,
    ),
  ),
  {
    rule: "R24",
    title: "what follows a close is ignored",
    input: withFields("Connection: close\r\n") + withFields(""),
    statuses: [204],
    closes: true,
  },
  {
    rule: "R25",
    title: "pipelined requests are answered in order, 1.0 among them",
    input:
      withFields("") +
      withFields("Connection: keep-alive\r\n", "1.0") +
      withFields("") +
      withFields("", "1.0"),
    statuses: [204, 204, 204, 204],
    closes: true,
  },
  {
    rule: "R25",
    title: "an invalid request after valid ones: their answers first",
    input: `${withFields("")}${withFields("")}GET\r\n`,
    statuses: [204, 204, 400],
    closes: true,
    reason: "bad-request-line",
  },
];

const sized = (length: number): string => {
  const line = `GET / HTTP/1.1\r\n${host}X: \r\n\r\n`;
  return `GET / HTTP/1.1\r\n${host}X: ${"v".repeat(length - line.length)}\r\n\r\n`;
};
const lined = (length: number): string => {
  const line = "GET / HTTP/1.1\r\n";
  return `GET /${"p".repeat(length - line.length)} HTTP/1.1\r\n${host}\r\n`;
};
const many = (count: number): string => `GET / HTTP/1.1\r\n${host}${"A: b\r\n".repeat(count - 1)}\r\n`;

const sizes: Case[] = [
  served(["limits:", "a request line of 8192 bytes: 204", lined(8192)]),
  served(["limits:", "CRLFs before a request line do not count", `\r\n\r\n${lined(8192)}`]),
  {
    rule: "limits:",
    title: "nor does the request before it",
    input: withFields("") + lined(8193),
    statuses: [204, 414],
    closes: true,
    reason: "request-line-too-long",
  },
  refused(["limits:", "a request line of 8193 bytes: 414", lined(8193)], 414, "request-line-too-long"),
  refused(
    ["limits:", "a request line without end: 414", `GET /${"p".repeat(9000)}`],
    414,
    "request-line-too-long",
  ),
  refused(["limits:", "a query without end: 414", `GET /?${"p".repeat(9000)}`], 414, "request-line-too-long"),
  served(["limits:", "a head of 16384 bytes: 204", sized(16_384)]),
  served(["limits:", "CRLFs before a head do not count", `\r\n\r\n${sized(16_384)}`]),
  refused(["limits:", "a head of 16385 bytes: 431", sized(16_385)], 431, "head-too-large"),
  refused(
    ["limits:", "a field name without end: 431", `GET / HTTP/1.1\r\n${"n".repeat(17_000)}`],
    431,
    "head-too-large",
  ),
  served(["limits:", "100 fields: 204", many(100)]),
  refused(["limits:", "101 fields: 431", many(101)], 431, "too-many-fields"),
];

/** Persistence, sizes: rules 23 to 25 and limits. */
export const messageCases: readonly Case[] = [...persistence, ...sizes];
