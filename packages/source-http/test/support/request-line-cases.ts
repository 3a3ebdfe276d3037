import { host, refused, served, withFields, withLine, type Case } from "./case.ts";

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
  served(["R5", "POST: 204", withLine("POST /p HTTP/1.1")], { requestPath: "/p" }),
  ...[
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

/** Line ends, request line, target: rules 2 to 8. */
export const requestLineCases: readonly Case[] = [...lineEnds, ...requestLines, ...targets];
