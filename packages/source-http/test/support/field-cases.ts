import { host, refused, served, withFields, withHost, type Case } from "./case.ts";

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

/** Fields: rules 9 to 14. */
export const fieldCases: readonly Case[] = [...fieldLines, ...hosts, ...repeats];
