/** An input that hides a request from one of two parsers. */
export interface Attack {
  /** Class of desynchronization. */
  readonly kind: string;
  readonly input: string;
  /** What we answer to it, directly. */
  readonly statuses: readonly number[];
}

/** The request that must never be served: its bytes are a body, or come behind what ends the connection. */
export const smuggled = "GET /smuggled HTTP/1.1\r\nHost: h.example\r\n\r\n";

const length = smuggled.length;
const size = length.toString(16);

function post(fields: string, body: string, version = "1.1"): string {
  return `POST /attack HTTP/${version}\r\nHost: h.example\r\n${fields}\r\n${body}`;
}

function refused(kind: string, ...inputs: readonly string[]): Attack[] {
  return inputs.map((input) => ({ kind, input, statuses: [400] }));
}

const ended = `0\r\n\r\n${smuggled}`;

/** Transfer-Encoding written so that one parser takes it for `chunked` and another does not. */
const obscured = [
  "Transfer-Encoding: xchunked",
  "Transfer-Encoding : chunked",
  "Transfer-Encoding:\x0bchunked",
  "Transfer-Encoding: chunked\x0b",
  'Transfer-Encoding: "chunked"',
  "Transfer-Encoding: chunked, identity",
  "Transfer-Encoding: ,chunked",
  "Transfer-Encoding: identity, chunked",
  "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
  "Transfer-Encoding:\r\n chunked",
  "Transfer-Encoding: chunked;a=b",
  "X: y\nTransfer-Encoding: chunked",
  " Transfer-Encoding: chunked",
];

/** Every class of docs/specs/http.md that two parsers in a row can fall for. */
export const attacks: readonly Attack[] = [
  ...refused("CL.TE", post(`Content-Length: ${ended.length}\r\nTransfer-Encoding: chunked\r\n`, ended)),
  ...refused(
    "TE.CL",
    post(`Transfer-Encoding: chunked\r\nContent-Length: 4\r\n`, `${size}\r\n${smuggled}\r\n0\r\n\r\n`),
  ),
  ...refused("TE.TE", ...obscured.map((field) => post(`${field}\r\n`, ended))),
  { kind: "CL.0", input: post(`Content-Length: ${length}\r\n`, smuggled), statuses: [204] },
  {
    kind: "CL.0",
    input: post(`Content-Length: ${length}\r\n`, smuggled).replace("POST", "GET"),
    statuses: [204],
  },
  {
    kind: "TE.0",
    input: post("Transfer-Encoding: chunked\r\n", `${size}\r\n${smuggled}\r\n0\r\n\r\n`),
    statuses: [204],
  },
  ...refused(
    "0.CL",
    post(`Content-Length : ${length}\r\n`, smuggled),
    post(`Content-Length:\r\n ${length}\r\n`, smuggled),
  ),
  ...refused(
    "Content-Length twice, or a list",
    post(`Content-Length: 0\r\nContent-Length: ${length}\r\n`, smuggled),
    post(`Content-Length: ${length}, ${length}\r\n`, smuggled),
    post(`Content-Length: 0, ${length}\r\n`, smuggled),
  ),
  ...refused(
    "integer tricks",
    ...[`+${length}`, "-0", `0x${size}`, `0_${length}`, "9007199254740993", "18446744073709551616"].map(
      (value) => post(`Content-Length: ${value}\r\n`, smuggled),
    ),
  ),
  ...refused(
    "chunk lines",
    ...[
      `${size}\n${smuggled}\r\n0\r\n\r\n`,
      `1\r\naXX${ended}`,
      `1;a\nb\r\na\r\n${ended}`,
      `1;a\rb\r\na\r\n${ended}`,
      `1\r\na\n${ended}`,
      `\r\n${ended}`,
      `-1\r\n${ended}`,
      `+1\r\na\r\n${ended}`,
      `0x1\r\na\r\n${ended}`,
      `100000001\r\na\r\n${ended}`,
    ].map((body) => post("Transfer-Encoding: chunked\r\n", body)),
  ),
  {
    kind: "trailers",
    input: post(
      "Transfer-Encoding: chunked\r\n",
      `0\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n`,
    ),
    statuses: [204],
  },
  ...refused(
    "line ends",
    post(`X: y\nContent-Length: ${length}\r\n`, smuggled),
    post(`X: y\rContent-Length: ${length}\r\n`, smuggled),
    post(`X: y\r\n\tContent-Length: ${length}\r\n`, smuggled),
  ),
  ...refused(
    "stripped bytes",
    ...["\0", "\x0c", "\x85", "\xa0"].flatMap((byte) => [
      post(`Transfer-Encoding: ${byte}chunked\r\n`, ended),
      post(`Content-Length: ${length}${byte}\r\n`, smuggled),
    ]),
  ),
  ...["Transfer_Encoding: chunked", "Transfer-Encodingx: chunked"].map((field) => ({
    kind: "names",
    input: post(`${field}\r\n`, ended),
    statuses: [204, 400],
  })),
  ...refused(
    "Host",
    `GET http://other.example/ HTTP/1.1\r\nHost: h.example\r\n\r\n${smuggled}`,
    `GET /attack HTTP/1.1\r\nHost: h.example\r\nHost: other.example\r\n\r\n${smuggled}`,
    `GET /attack HTTP/1.1\r\nHost: h.example@other\r\n\r\n${smuggled}`,
  ),
  {
    kind: "h2c",
    input: `GET /attack HTTP/1.1\r\nHost: h.example\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${smuggled}`,
    statuses: [204, 400],
  },
  { kind: "Expect", input: post(`Expect: y\r\nContent-Length: ${length}\r\n`, smuggled), statuses: [417] },
  {
    kind: "early answer",
    input: post(`Content-Length: ${length}\r\n`, smuggled).replace("POST", "PUT"),
    statuses: [405],
  },
  { kind: "early answer", input: post("Content-Length: 131073\r\n", smuggled), statuses: [413] },
  { kind: "after close", input: post("Connection: close\r\n", smuggled), statuses: [204] },
  { kind: "after close", input: post("", smuggled, "1.0"), statuses: [204] },
];
