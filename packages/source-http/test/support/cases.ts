import type { RefusalReason } from "../../src/index.ts";

/** One input, and what has to come of it. */
export interface Case {
  /** Rule of http.md. */
  readonly rule: string;
  readonly title: string;
  /** Latin-1. */
  readonly input: string;
  /** Answers in order. */
  readonly statuses: readonly number[];
  /** Whether the connection is closed after them. */
  readonly closes: boolean;
  readonly reason?: RefusalReason;
  /** Fields of the last record that matter here. */
  readonly event?: Readonly<Record<string, string | null>>;
}

const host = "Host: h.example\r\n";

/** A head with a good request line and Host. */
function withFields(fields: string, version = "1.1"): string {
  return `GET /p HTTP/${version}\r\n${host}${fields}\r\n`;
}

function withLine(line: string): string {
  return `${line}\r\n${host}\r\n`;
}

function withHost(value: string): string {
  return `GET /p HTTP/1.1\r\nHost: ${value}\r\n\r\n`;
}

type Facts = readonly [rule: string, title: string, input: string];

function served(facts: Facts, event: Case["event"] = {}, closes = false): Case {
  const [rule, title, input] = facts;
  return { rule, title, input, statuses: [204], closes, event };
}

function refused(facts: Facts, status: number, reason: RefusalReason): Case {
  const [rule, title, input] = facts;
  return { rule, title, input, statuses: [status], closes: true, reason };
}

const lineEnds: Case[] = [
  served(["R1", "a plain GET: 204", withFields("")], {
    requestPath: "/p",
    host: "h.example",
    ip: "127.0.0.1",
  }),
  refused(["R2", "bare LF after the request line: 400", `GET /p HTTP/1.1\n${host}\r\n`], 400, "bad-version"),
  refused(["R2", "bare LF after a field: 400", "GET /p HTTP/1.1\r\nHost: h\n\r\n"], 400, "bad-field"),
  refused(["R2", "bare LF as the empty line: 400", `GET /p HTTP/1.1\r\n${host}\n`], 400, "bad-field"),
  refused(["R2", "bare CR in the request line: 400", `GET /p HTTP/1.1\r${host}\r\n`], 400, "bad-version"),
  refused(["R2", "bare CR in a value: 400", withFields("X: a\rb\r\n")], 400, "bad-line-end"),
  refused(["R2", "CR CR LF at the end: 400", `GET /p HTTP/1.1\r\n${host}\r\r\n`], 400, "bad-line-end"),
  refused(["R2", "CRLF CR x at the end: 400", `GET /p HTTP/1.1\r\n${host}\rx`], 400, "bad-line-end"),
  refused(["R2", "CR CR LF after a value: 400", withFields("X: a\r\r\n")], 400, "bad-line-end"),
  served(["R3", "one CRLF before the request line is skipped", `\r\n${withFields("")}`]),
  served(["R3", "two CRLFs before the request line are skipped", `\r\n\r\n${withFields("")}`]),
  refused(["R3", "three CRLFs: 400", `\r\n\r\n\r\n${withFields("")}`], 400, "bad-request-line"),
  refused(["R3", "bare LF before the request line: 400", `\n${withFields("")}`], 400, "bad-request-line"),
  refused(["R3", "bare CR before the request line: 400", `\r${withFields("")}`], 400, "bad-line-end"),
  refused(["R3", "leading SP: 400", ` ${withFields("")}`], 400, "bad-request-line"),
  refused(["R3", "leading HTAB: 400", `\t${withFields("")}`], 400, "bad-request-line"),
];

const requestLines: Case[] = [
  refused(["R4", "two spaces before the target: 400", withLine("GET  /p HTTP/1.1")], 400, "bad-target"),
  refused(["R4", "two spaces before the version: 400", withLine("GET /p  HTTP/1.1")], 400, "bad-version"),
  refused(["R4", "HTAB instead of SP: 400", withLine("GET\t/p HTTP/1.1")], 400, "bad-request-line"),
  refused(["R4", "a trailing space: 400", withLine("GET /p HTTP/1.1 ")], 400, "bad-version"),
  refused(["R4", "a fourth word: 400", withLine("GET /p HTTP/1.1 x")], 400, "bad-version"),
  refused(["R4", "a space in the target: 400", withLine("GET /p q HTTP/1.1")], 400, "bad-version"),
  refused(["R4", "no method: 400", withLine("/p HTTP/1.1")], 400, "bad-request-line"),
  served(["R5", "HEAD: 204", withLine("HEAD /p HTTP/1.1")], { requestPath: "/p" }),
  ...[
    "POST",
    "OPTIONS",
    "PUT",
    "DELETE",
    "TRACE",
    "PATCH",
    "get",
    "Get",
    "GETX",
    "GE",
    "M-SEARCH",
    "X".repeat(32),
  ].map((name) =>
    refused(["R5", `method ${name}: 405`, withLine(`${name} /p HTTP/1.1`)], 405, "method-not-allowed"),
  ),
  refused(
    ["R5", "CONNECT host:port: 405", withLine("CONNECT h.example:443 HTTP/1.1")],
    405,
    "method-not-allowed",
  ),
  refused(
    ["R5", "a method of 33 bytes: 400", withLine(`${"X".repeat(33)} /p HTTP/1.1`)],
    400,
    "bad-request-line",
  ),
  refused(["R5", "a method that is no token: 400", withLine("G@T /p HTTP/1.1")], 400, "bad-request-line"),
  ...[2, 3, 9].map((minor) =>
    served(["R6", `HTTP/1.${minor} is served as 1.1`, withFields("", `1.${minor}`)]),
  ),
  refused(["R6", "HTTP/2.0: 505", withFields("", "2.0")], 505, "version-not-supported"),
  refused(["R6", "HTTP/3.1: 505", withFields("", "3.1")], 505, "version-not-supported"),
  refused(["R6", "HTTP/0.9 with a version: 400", withFields("", "0.9")], 400, "bad-version"),
  refused(["R6", "HTTP/0.9 without a version: 400", "GET /p\r\n"], 400, "bad-target"),
  ...[
    "http/1.1",
    "HTTP/1",
    "HTTP/1.",
    "HTTP/11",
    "HTTP/1.10",
    "HTTP/01.1",
    "HTTP/1,1",
    "HTTP/a.1",
    "HTP/1.1",
    "HTTPS/1.1",
  ].map((version) =>
    refused(["R6", `version ${version}: 400`, withLine(`GET /p ${version}`)], 400, "bad-version"),
  ),
];

const targets: Case[] = [
  served(["R7", "absolute-form: its host and path", withLine("GET http://h.example/a?b HTTP/1.1")], {
    requestPath: "/a",
    queryString: "b",
    host: "h.example",
  }),
  served(["R7", "absolute-form with an empty path: /", withLine("GET http://h.example HTTP/1.1")], {
    requestPath: "/",
    queryString: null,
  }),
  served(
    ["R7", "absolute-form with an empty path and a query", withLine("GET http://h.example?q=/x HTTP/1.1")],
    {
      requestPath: "/",
      queryString: "q=/x",
    },
  ),
  served(["R7", "absolute-form, scheme and host in any case", withLine("GET HTTP://H.Example/a HTTP/1.1")], {
    host: "H.Example",
  }),
  served([
    "R7",
    "absolute-form https, its own port written out",
    withLine("GET https://h.example:443/a HTTP/1.1"),
  ]),
  served(
    ["R7", "absolute-form with port", "GET http://h.example:81/a HTTP/1.1\r\nHost: h.example:81\r\n\r\n"],
    {
      host: "h.example",
    },
  ),
  served(
    ["R7", "absolute-form in 1.0 without Host", "GET http://a.example/a HTTP/1.0\r\n\r\n"],
    { host: "a.example" },
    true,
  ),
  refused(
    ["R7", "absolute-form without Host in 1.1: 400", "GET http://h.example/ HTTP/1.1\r\n\r\n"],
    400,
    "host-missing",
  ),
  refused(
    ["R7", "absolute-form of another host: 400", withLine("GET http://other/ HTTP/1.1")],
    400,
    "host-mismatch",
  ),
  refused(
    ["R7", "absolute-form of another port: 400", withLine("GET http://h.example:81/ HTTP/1.1")],
    400,
    "host-mismatch",
  ),
  refused(
    ["R7", "absolute-form with user info: 400", withLine("GET http://u:p@h.example/ HTTP/1.1")],
    400,
    "bad-target",
  ),
  refused(
    ["R7", "absolute-form without authority: 400", withLine("GET http:///a HTTP/1.1")],
    400,
    "bad-target",
  ),
  refused(
    ["R7", "absolute-form of another scheme: 400", withLine("GET ftp://h.example/ HTTP/1.1")],
    400,
    "bad-target",
  ),
  refused(["R7", "a relative target: 400", withLine("GET p HTTP/1.1")], 400, "bad-target"),
  refused(["R7", "* with GET: 400", withLine("GET * HTTP/1.1")], 400, "bad-target"),
  refused(["R7", "* with OPTIONS: 405", withLine("OPTIONS * HTTP/1.1")], 405, "method-not-allowed"),
  refused(["R7", "authority-form with GET: 400", withLine("GET h.example:80 HTTP/1.1")], 400, "bad-target"),
  refused(["R7", "CONNECT with no port: 400", withLine("CONNECT h.example HTTP/1.1")], 400, "bad-target"),
  refused(["R7", "no target: 400", withLine("GET HTTP/1.1")], 400, "bad-target"),
  refused(["R7", "a fragment: 400", withLine("GET /p#x HTTP/1.1")], 400, "bad-target"),
  refused(["R7", "a fragment after the query: 400", withLine("GET /p?a#x HTTP/1.1")], 400, "bad-target"),
  ...[0x00, 0x01, 0x09, 0x0b, 0x1f, 0x7f].map((byte) =>
    refused(
      [
        "R7",
        `byte 0x${byte.toString(16)} in the target: 400`,
        withLine(`GET /p${String.fromCharCode(byte)} HTTP/1.1`),
      ],
      400,
      "bad-target",
    ),
  ),
  served(
    ["R7", "bytes from 0x80 on in path and query are recorded", withLine("GET /\xc3\xa9?\xc3\xbc HTTP/1.1")],
    {
      requestPath: "/é",
      queryString: "ü",
    },
  ),
  served(
    ["R8", "nothing is decoded, normalised or merged", withLine("GET //a/../%2e;x=1//b?c?d=%zz&& HTTP/1.1")],
    {
      requestPath: "//a/../%2e;x=1//b",
      queryString: "c?d=%zz&&",
    },
  ),
  served(["R8", "no ? is null", withLine("GET /p HTTP/1.1")], { queryString: null }),
  served(["R8", "an empty query is empty", withLine("GET /p? HTTP/1.1")], { queryString: "" }),
];

const fieldLines: Case[] = [
  refused(["R9", "a space before the colon: 400", withFields("X : a\r\n")], 400, "bad-field"),
  refused(["R9", "a tab before the colon: 400", withFields("X\t: a\r\n")], 400, "bad-field"),
  refused(["R9", "blank before the first field: 400", `GET /p HTTP/1.1\r\n ${host}\r\n`], 400, "bad-field"),
  refused(["R9", "a folded line (SP): 400", withFields("X: a\r\n b\r\n")], 400, "bad-field"),
  refused(["R9", "a folded line (HTAB): 400", withFields("X: a\r\n\tb\r\n")], 400, "bad-field"),
  refused(["R9", "no colon: 400", withFields("Xyz\r\n")], 400, "bad-field"),
  refused(["R9", "an empty name: 400", withFields(": a\r\n")], 400, "bad-field"),
  ...[
    '"',
    "(",
    ")",
    ",",
    "/",
    ";",
    "<",
    "=",
    ">",
    "?",
    "@",
    "[",
    "\\",
    "]",
    "{",
    "}",
    "\x00",
    "\x7f",
    "\x80",
    "\xff",
  ].map((byte) =>
    refused(
      ["R9", `byte 0x${byte.charCodeAt(0).toString(16)} in a name: 400`, withFields(`X${byte}Y: a\r\n`)],
      400,
      "bad-field",
    ),
  ),
  served(
    ["R9", "no blank and many blanks around a value", withFields("User-Agent:x\r\nReferer: \t y \t \r\n")],
    {
      userAgent: "x",
      referer: "y",
    },
  ),
  served(
    ["R9", "an empty value is empty, not null", withFields("User-Agent:\r\nReferer:  \r\nCookie:\r\n")],
    {
      userAgent: "",
      referer: "",
      cookies: "",
    },
  ),
  served(["R9", "missing fields are null", withFields("")], {
    userAgent: null,
    referer: null,
    cookies: null,
  }),
  ...[0x00, 0x01, 0x08, 0x0b, 0x0c, 0x1b, 0x7f].map((byte) =>
    refused(
      [
        "R10",
        `byte 0x${byte.toString(16)} in a value: 400`,
        withFields(`X: a${String.fromCharCode(byte)}b\r\n`),
      ],
      400,
      "bad-field",
    ),
  ),
  refused(["R10", "VT is no blank around a value: 400", withFields("X:\x0b a\r\n")], 400, "bad-field"),
  served(
    [
      "R10",
      "HTAB inside and 0x80 to 0xff are values, 0xa0 and 0x85 are not stripped",
      withFields("User-Agent: \xc2\xa0a\tb\xc2\x85\r\n"),
    ],
    {
      userAgent: "\u00a0a\tb\u0085",
    },
  ),
  served(["R11", "names in any case", withFields("uSER-aGENT: x\r\nCOOKIE: c\r\nreferer: r\r\n")], {
    userAgent: "x",
    cookies: "c",
    referer: "r",
  }),
  served(
    [
      "R11",
      "prefix, suffix and _ make other fields",
      withFields(
        "User_Agent: a\r\nUser-Agentx: b\r\nCookies: c\r\nxReferer: d\r\nReferrer: e\r\nContent_Length: 5\r\nTransfer-Encodingx: chunked\r\n",
      ),
    ],
    { userAgent: null, cookies: null, referer: null },
  ),
];

const hosts: Case[] = [
  refused(["R12", "no Host in 1.1: 400", "GET /p HTTP/1.1\r\n\r\n"], 400, "host-missing"),
  refused(["R12", "no Host in 1.2: 400", "GET /p HTTP/1.2\r\n\r\n"], 400, "host-missing"),
  refused(["R12", "two Host fields even if equal: 400", withFields(host)], 400, "host-repeated"),
  refused(["R12", "two Host fields in 1.0: 400", withFields(host, "1.0")], 400, "host-repeated"),
  served(["R12", "1.0 without Host: an empty host", "GET /p HTTP/1.0\r\n\r\n"], { host: "" }, true),
  served(["R12", "an empty Host: an empty host", withHost("")], { host: "" }),
  ...[
    ["h", "h"],
    ["H.Example", "H.Example"],
    ["h.example.", "h.example."],
    ["h:80", "h"],
    ["h:", "h"],
    ["h:65535", "h"],
    ["h:00080", "h"],
    ["192.0.2.1:8080", "192.0.2.1"],
    ["a_b-c~d!e$f&g'h(i)j*k+l;m=n", "a_b-c~d!e$f&g'h(i)j*k+l;m=n"],
    ["%41b%c3", "%41b%c3"],
    ["[::1]", "[::1]"],
    ["[2001:db8::1]:8080", "[2001:db8::1]"],
    ["[::ffff:192.0.2.1]", "[::ffff:192.0.2.1]"],
  ].map(([value, name]) =>
    served(["R12", `Host ${value} is recorded as ${name}`, withHost(value!)], { host: name! }),
  ),
  ...[
    "a b",
    "a\tb",
    "a,b",
    "a/b",
    "/",
    "a@b",
    "a:b:c",
    "h:65536",
    "h:99999999999999999999",
    "h:8x",
    "h:-1",
    ":80",
    "[::1",
    "::1",
    "[::1]x",
    "[::1]:99999",
    "[]",
    "[h]",
    "[fe80::1%25eth0]",
    "[v1.x]",
    "]",
    "a%4",
    "a%zz",
    "a?b",
    "a#b",
    "a\\b",
    'a"b',
    "a<b",
    "h\xe9",
    "http://h",
  ].map((value) => refused(["R12", `Host ${value}: 400`, withHost(value)], 400, "host-invalid")),
];

const repeats: Case[] = [
  served(
    [
      "R13",
      "Cookie fields are joined in order",
      withFields("Cookie: a=1\r\nX: y\r\nCookie: b=2; c=3\r\nCookie: d\r\n"),
    ],
    {
      cookies: "a=1; b=2; c=3; d",
    },
  ),
  served(
    [
      "R13",
      "of Referer and User-Agent the first counts",
      withFields("Referer: a\r\nUser-Agent: b\r\nReferer: c\r\nUser-Agent: d\r\n"),
    ],
    {
      referer: "a",
      userAgent: "b",
    },
  ),
  served(["R13", "a first empty Referer counts too", withFields("Referer:\r\nReferer: c\r\n")], {
    referer: "",
  }),
  refused(
    ["R13", "two Content-Length: 400", withFields("Content-Length: 0\r\nContent-Length: 0\r\n")],
    400,
    "content-length-invalid",
  ),
  refused(
    [
      "R13",
      "two Transfer-Encoding: 400",
      withFields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
    ],
    400,
    "transfer-encoding-invalid",
  ),
  refused(["R14", "the HTTP/2 preface: 400", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"], 400, "bad-target"),
  refused(
    ["R14", "a TLS ClientHello: 400", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
    400,
    "bad-request-line",
  ),
  refused(
    ["R14", "PROXY v1: 400", `PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n${withFields("")}`],
    400,
    "bad-version",
  ),
  refused(["R14", "PROXY v2: 400", "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c"], 400, "bad-request-line"),
  served([
    "R14",
    "Upgrade h2c is ignored",
    withFields("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n"),
  ]),
  served([
    "R14",
    "Upgrade websocket is ignored",
    withFields("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"),
  ]),
];

const framing: Case[] = [
  refused(
    [
      "R15",
      "Content-Length with Transfer-Encoding: 400",
      withFields("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"),
    ],
    400,
    "framing-conflict",
  ),
  {
    ...refused(
      [
        "R15",
        "framing is judged before the method",
        `POST /p HTTP/1.1\r\n${host}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n`,
      ],
      400,
      "framing-conflict",
    ),
  },
  ...["0", "00", "000000000000000"].map((value) =>
    served(["R16", `Content-Length: ${value} is no body`, withFields(`Content-Length: ${value}\r\n`)]),
  ),
  ...["1", "5", "0001", "999999999999999"].map((value) =>
    refused(
      ["R16", `Content-Length: ${value}: 413`, withFields(`Content-Length: ${value}\r\n`)],
      413,
      "body-not-accepted",
    ),
  ),
  ...[
    "",
    "+0",
    "-0",
    "0x0",
    "0_0",
    "0 0",
    "0,0",
    "0, 0",
    "\xa00",
    "0.0",
    "a",
    "0000000000000000",
    "18446744073709551616",
  ].map((value) =>
    refused(
      ["R16", `Content-Length: "${value}": 400`, withFields(`Content-Length: ${value}\r\n`)],
      400,
      "content-length-invalid",
    ),
  ),
  ...["chunked", "Chunked", "CHUNKED"].map((value) =>
    refused(
      ["R17", `Transfer-Encoding: ${value}: 501`, withFields(`Transfer-Encoding: ${value}\r\n`)],
      501,
      "chunked-not-accepted",
    ),
  ),
  ...[
    "",
    "identity",
    "gzip",
    "x, chunked",
    "chunked, chunked",
    ",chunked",
    "chunked,",
    "chunked;a=b",
    '"chunked"',
    "chunke",
    "chunkedd",
  ].map((value) =>
    refused(
      ["R17", `Transfer-Encoding: "${value}": 400`, withFields(`Transfer-Encoding: ${value}\r\n`)],
      400,
      "transfer-encoding-invalid",
    ),
  ),
  refused(
    ["R17", "chunked in 1.0: 400", withFields("Transfer-Encoding: chunked\r\n", "1.0")],
    400,
    "transfer-encoding-invalid",
  ),
  {
    ...refused(
      [
        "R19",
        "a body is never taken for the next request",
        `${withFields(`Content-Length: 50\r\n`)}${withFields("")}`,
      ],
      413,
      "body-not-accepted",
    ),
  },
  served(["R21", "Expect: 100-continue without a body is ignored", withFields("Expect: 100-Continue\r\n")]),
  refused(
    ["R21", "an unknown expectation: 417", withFields("Expect: 200-ok\r\n")],
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
  refused(
    ["R22", "a refusal with a body closes", withFields("Expect: 100-continue\r\nContent-Length: 3\r\n")],
    413,
    "body-not-accepted",
  ),
];

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
  refused(["limits:", "a request line of 8193 bytes: 414", lined(8193)], 414, "request-line-too-long"),
  refused(
    ["limits:", "a request line without end: 414", `GET /${"p".repeat(9000)}`],
    414,
    "request-line-too-long",
  ),
  refused(["limits:", "a query without end: 414", `GET /?${"p".repeat(9000)}`], 414, "request-line-too-long"),
  served(["limits:", "a head of 16384 bytes: 204", sized(16_384)]),
  refused(["limits:", "a head of 16385 bytes: 431", sized(16_385)], 431, "head-too-large"),
  refused(
    ["limits:", "a field name without end: 431", `GET / HTTP/1.1\r\n${"n".repeat(17_000)}`],
    431,
    "head-too-large",
  ),
  served(["limits:", "100 fields: 204", many(100)]),
  refused(["limits:", "101 fields: 431", many(101)], 431, "too-many-fields"),
];

/** The cases of http.md's rules for GET and HEAD. */
export const cases: readonly Case[] = [
  ...lineEnds,
  ...requestLines,
  ...targets,
  ...fieldLines,
  ...hosts,
  ...repeats,
  ...framing,
  ...persistence,
  ...sizes,
];
