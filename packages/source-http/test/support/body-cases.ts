import { host, refused, served, withFields, type Case } from "./case.ts";

const post = (fields: string, body: string, version = "1.1"): string =>
  `POST /b HTTP/${version}\r\n${host}${fields}\r\n${body}`;
const sized = (body: string, length = String(body.length)): string =>
  post(`Content-Length: ${length}\r\n`, body);
const chunked = (body: string): string => post("Transfer-Encoding: chunked\r\n", body);
const next = "GET /next HTTP/1.1\r\nHost: h\r\n\r\n";

/** A request with a body, and another one behind it: the body must end exactly where it ends. */
function followed(rule: string, title: string, input: string): Case {
  return {
    rule,
    title,
    input: input + next,
    statuses: [204, 204],
    closes: false,
    event: { requestPath: "/b" },
  };
}

/** The request behind a refused one is never served. */
function stopped(
  facts: readonly [string, string, string],
  status: number,
  reason: Case["reason"] & string,
): Case {
  return refused([facts[0], facts[1], facts[2] + next], status, reason);
}

const lengths: Case[] = [
  stopped(
    [
      "R15",
      "Content-Length with Transfer-Encoding: 400",
      post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
    ],
    400,
    "framing-conflict",
  ),
  stopped(
    [
      "R15",
      "Transfer-Encoding with Content-Length: 400",
      post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"),
    ],
    400,
    "framing-conflict",
  ),
  refused(
    [
      "R15",
      "framing is judged before the method",
      `PUT /p HTTP/1.1\r\n${host}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n`,
    ],
    400,
    "framing-conflict",
  ),
  ...["0", "00", "000000000000000"].map((value) =>
    served(["R16", `Content-Length: ${value} is no body`, withFields(`Content-Length: ${value}\r\n`)]),
  ),
  followed("R16", "the body is as long as it says", sized("GET /x HTTP/1.1\r\nHost: h\r\n\r\n")),
  followed("R16", "leading zeros", sized("abcde", "000000000000005")),
  followed(
    "R16",
    "bytes of every kind",
    sized(Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join("")),
  ),
  ...["131073", "999999999999999"].map((value) =>
    stopped(["R16", `Content-Length: ${value}: 413`, sized("", value)], 413, "body-too-large"),
  ),
  ...[
    "",
    "+1",
    "-1",
    "0x1",
    "1_0",
    "1 0",
    "1,1",
    "1, 1",
    "\xa01",
    "1.0",
    "a",
    "0000000000000001",
    "9007199254740993",
    "18446744073709551617",
  ].map((value) =>
    stopped(["R16", `Content-Length: "${value}": 400`, sized("a", value)], 400, "content-length-invalid"),
  ),
  stopped(
    ["R16", "two equal Content-Length: 400", post("Content-Length: 1\r\nContent-Length: 1\r\n", "a")],
    400,
    "content-length-invalid",
  ),
  followed(
    "R19",
    "GET with a body: the body is no request",
    withFields("Content-Length: 3\r\n").replace("/p", "/b") + "abc",
  ),
  followed("R19", "HEAD with a body", sized(next).replace("POST", "HEAD")),
  followed("R19", "a POST without a length has no body", post("", "")),
  followed(
    "R19",
    "HTTP/1.0 with a body",
    post("Content-Length: 3\r\nConnection: keep-alive\r\n", "abc", "1.0"),
  ),
];

const codings: Case[] = [
  ...["chunked", "Chunked", "CHUNKED"].map((value) =>
    followed(
      "R17",
      `Transfer-Encoding: ${value}`,
      post(`Transfer-Encoding: ${value}\r\n`, "1\r\na\r\n0\r\n\r\n"),
    ),
  ),
  ...[
    "",
    "identity",
    "gzip",
    "x, chunked",
    "chunked, chunked",
    "chunked, gzip",
    ",chunked",
    "chunked,",
    "chunked;a=b",
    '"chunked"',
    "chunke",
    "chunkedd",
    "\xa0chunked",
    "xchunked",
  ].map((value) =>
    stopped(
      ["R17", `Transfer-Encoding: "${value}": 400`, post(`Transfer-Encoding: ${value}\r\n`, "0\r\n\r\n")],
      400,
      "transfer-encoding-invalid",
    ),
  ),
  ...["\x0bchunked", "chunked\x00", "chun\x7fked"].map((value) =>
    stopped(
      [
        "R17",
        `Transfer-Encoding: ${JSON.stringify(value)}: 400`,
        post(`Transfer-Encoding: ${value}\r\n`, "0\r\n\r\n"),
      ],
      400,
      "bad-field",
    ),
  ),
  stopped(
    [
      "R17",
      "two Transfer-Encoding fields: 400",
      post("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n", "0\r\n\r\n"),
    ],
    400,
    "transfer-encoding-invalid",
  ),
  stopped(
    ["R17", "chunked in 1.0: 400", post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "1.0")],
    400,
    "transfer-encoding-invalid",
  ),
  followed("R17", "Transfer_Encoding is another field", post("Transfer_Encoding: chunked\r\n", "")),
];

const extension = (bytes: number): string => `;${"x".repeat(bytes - 1)}`;

const chunks: Case[] = [
  followed("R18", "no chunk but the last", chunked("0\r\n\r\n")),
  followed(
    "R18",
    "many chunks, sizes in any case",
    chunked(`a\r\n0123456789\r\nA\r\n0123456789\r\n1\r\n\r\r\n0\r\n\r\n`),
  ),
  followed("R18", "eight digits", chunked("00000003\r\nabc\r\n00000000\r\n\r\n")),
  followed("R18", "extensions are read over", chunked('3;a=b;c="d \t;0"\r\nabc\r\n0; x = y\r\n\r\n')),
  followed("R18", "16 KiB of extensions", chunked(`1${extension(8192)}\r\na\r\n0${extension(8192)}\r\n\r\n`)),
  stopped(
    [
      "R18",
      "more than 16 KiB of extensions: 413",
      chunked(`1${extension(8192)}\r\na\r\n0${extension(8193)}\r\n\r\n`),
    ],
    413,
    "chunk-extensions-too-large",
  ),
  ...[
    "",
    " 1",
    "1 ",
    "1\t",
    "+1",
    "-1",
    "0x1",
    "1_0",
    "g",
    "\x00",
    "000000001",
    "100000001",
    "1 ;a",
    ",1",
  ].map((size) =>
    stopped(
      ["R18", `chunk size ${JSON.stringify(size)}: 400`, chunked(`${size}\r\na\r\n0\r\n\r\n`)],
      400,
      "bad-chunk",
    ),
  ),
  stopped(["R18", "a bare LF behind the size: 400", chunked("1\na\r\n0\r\n\r\n")], 400, "bad-chunk"),
  stopped(["R18", "a bare CR behind the size: 400", chunked("1\ra\r\n0\r\n\r\n")], 400, "bad-chunk"),
  stopped(["R18", "a bare LF in an extension: 400", chunked("1;a\nb\r\na\r\n0\r\n\r\n")], 400, "bad-chunk"),
  stopped(["R18", "a bare CR in an extension: 400", chunked("1;a\rb\r\na\r\n0\r\n\r\n")], 400, "bad-chunk"),
  stopped(["R18", "NUL in an extension: 400", chunked("1;a\x00\r\na\r\n0\r\n\r\n")], 400, "bad-chunk"),
  stopped(["R18", "data longer than its chunk: 400", chunked("1\r\nab\r\n0\r\n\r\n")], 400, "bad-chunk"),
  stopped(
    ["R18", "two bytes that are no CRLF behind the data: 400", chunked("1\r\naXX0\r\n\r\n")],
    400,
    "bad-chunk",
  ),
  stopped(["R18", "a bare LF behind the data: 400", chunked("1\r\na\n0\r\n\r\n")], 400, "bad-chunk"),
  stopped(["R18", "CR x behind the data: 400", chunked("1\r\na\rx0\r\n\r\n")], 400, "bad-chunk"),
  stopped(["R18", "a chunk over the limit: 413", chunked("20001\r\n")], 413, "body-too-large"),
  stopped(["R18", "the largest chunk size: 413", chunked("ffffffff\r\n")], 413, "body-too-large"),
  stopped(
    ["R18", "chunks over the limit in all: 413", chunked(`1\r\na\r\n20000\r\n`)],
    413,
    "body-too-large",
  ),
];

const trailers: Case[] = [
  followed(
    "R18",
    "trailer fields are dropped",
    chunked("0\r\nX-Sum: 1\r\nCookie: no\r\nUser-Agent:\r\n\r\n"),
  ),
  followed(
    "R18",
    "framing and Host in trailers change nothing",
    chunked("0\r\nContent-Length: 30\r\nHost: other\r\nTransfer-Encoding: gzip\r\nConnection: close\r\n\r\n"),
  ),
  ...["X : a", " X: a", "X", ": a", "X: a\x00", "X: a\r\n b", "X\x80: a", "X: a\rb"].map((line) =>
    stopped(
      ["R18", `trailer ${JSON.stringify(line)}: 400`, chunked(`0\r\n${line}\r\n\r\n`)],
      400,
      "bad-trailer",
    ),
  ),
  stopped(["R18", "a bare LF behind a trailer: 400", chunked("0\r\nX: a\n\r\n")], 400, "bad-trailer"),
  stopped(["R18", "a bare LF as the end: 400", chunked("0\r\n\n")], 400, "bad-trailer"),
  stopped(["R18", "CR x as the end: 400", chunked("0\r\n\rx")], 400, "bad-trailer"),
  followed("R18", "100 trailer fields", chunked(`0\r\n${"A: b\r\n".repeat(100)}\r\n`)),
  stopped(
    ["R18", "101 trailer fields: 431", chunked(`0\r\n${"A: b\r\n".repeat(101)}\r\n`)],
    431,
    "trailers-too-large",
  ),
  stopped(
    ["R18", "more than 16 KiB of trailers: 431", chunked(`0\r\nA: ${"b".repeat(16_384)}\r\n\r\n`)],
    431,
    "trailers-too-large",
  ),
];

const outcomes: Case[] = [
  {
    rule: "R20",
    title: "a framing error in a body: 400, no record, the answer before it goes out",
    input: `${sized("a")}${chunked("1\r\nab")}`,
    statuses: [204, 400],
    closes: true,
    reason: "bad-chunk",
  },
  followed(
    "R21",
    "Expect: 100-continue with the body at once",
    post("Expect: 100-continue\r\nContent-Length: 3\r\n", "abc"),
  ),
  served(["R21", "Expect: 100-continue without a body is ignored", withFields("Expect: 100-Continue\r\n")]),
  refused(
    ["R21", "an unknown expectation: 417", withFields("Expect: 200-ok\r\n")],
    417,
    "expectation-unknown",
  ),
  stopped(
    [
      "R21",
      "an unknown expectation never changes the framing",
      post("Expect: x\r\nContent-Length: 3\r\n", "abc"),
    ],
    417,
    "expectation-unknown",
  ),
  refused(
    ["R21", "one unknown expectation of two: 417", withFields("Expect: 100-continue\r\nExpect: x\r\n")],
    417,
    "expectation-unknown",
  ),
  served([
    "R21",
    "an expectation in 1.0 is ignored",
    withFields("Expect: x\r\nConnection: keep-alive\r\n", "1.0"),
  ]),
  stopped(
    [
      "R22",
      "413 in spite of Expect, and closes",
      sized("", "131073").replace(host, `${host}Expect: 100-continue\r\n`),
    ],
    413,
    "body-too-large",
  ),
  stopped(["R22", "405 with a body closes", sized("abc").replace("POST", "PUT")], 405, "method-not-allowed"),
  {
    rule: "R25",
    title: "requests with bodies are pipelined too",
    input: sized("abc") + next + chunked("3\r\nabc\r\n0\r\n\r\n") + sized("d") + next,
    statuses: [204, 204, 204, 204, 204],
    closes: false,
  },
];

/** Body framing: rules 15 to 22. */
export const bodyCases: readonly Case[] = [...lengths, ...codings, ...chunks, ...trailers, ...outcomes];
