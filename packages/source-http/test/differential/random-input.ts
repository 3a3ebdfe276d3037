import type { Random } from "@sewer/core";
import { seededRandom } from "@sewer/testkit";

/** Draws from one row of random numbers. */
class Draw {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** A whole number from 0 to `bound - 1`. */
  below(bound: number): number {
    return Math.floor(this.#random.next() * bound);
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  from<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!;
  }

  /** `usual` nearly always, else one of the others. */
  rarely(usual: string, others: readonly string[], times = 12): string {
    return this.once(times) ? this.from(others) : usual;
  }

  bytes(length: number): string {
    return Buffer.from(this.#random.bytes(length)).toString("latin1");
  }
}

const methods = [
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "OPTIONS",
  "DELETE",
  "PATCH",
  "PRI",
  "TRACE",
  "CONNECT",
  "get",
  "X-Y",
  "G",
];
const targets = [
  "/",
  "/p.gif?a=1&b=%20",
  "/a/../b//c;d?e?f",
  "/?",
  "//h/p",
  "/\xc3\xa4?\xff",
  "/%zz",
  "*",
  "http://h.example/p?q",
  "http://h.example",
  "HTTP://h.example:80/",
  "http://u@h.example/",
  "https://other/",
  "ftp://h.example/",
  "h.example:443",
  "/#f",
  "p",
];
const versions = [
  "HTTP/1.0",
  "HTTP/1.2",
  "HTTP/1.9",
  "HTTP/2.0",
  "HTTP/0.9",
  "HTTP/1.10",
  "http/1.1",
  "HTTP/11",
  "HTTP /1.1",
  "HTTP/1.1 ",
];
const hosts = [
  "",
  "h.example:80",
  "H.EXAMPLE",
  "[::1]:8080",
  "[::1",
  "h.example:99999",
  "h.example:x",
  "a@b",
  "a,b",
  "a b",
  "h\xc3\xa4",
  "%41",
  "%4",
];
const lengths = [
  "0",
  "3",
  "5",
  "05",
  "+5",
  "-1",
  "5, 5",
  "5 5",
  "0x5",
  "",
  "1e1",
  "4294967301",
  "18446744073709551621",
  "00000000000000005",
  "999999999999999",
];
const codings = [
  "Chunked",
  "gzip, chunked",
  "chunked, chunked",
  "chunked, gzip",
  "identity",
  "x",
  "",
  ",chunked",
  "chunked;a=b",
  '"chunked"',
  "chunked\x0b",
  "xchunked",
];
const values = ["", "v", " \t v \t", "a\xa0b", "\xe2\x82\xac", "a=1; b=2", '"q"', "x".repeat(800)];
const names = [
  "Referer",
  "User-Agent",
  "Cookie",
  "cookie",
  "X-A",
  "X_A",
  "Accept",
  "Host-",
  "Content_Length",
  "Transfer-Encodingx",
  "Refere\x72",
  "USER-AGENT",
];
const connections = [
  "close",
  "keep-alive",
  "Close, x",
  "keep-alive, close",
  "upgrade",
  "upgrade, close",
  ",",
  "closed",
];
const expectations = ["100-continue", "100-Continue", "x", "100-continue, x", ""];
const lineEnds = ["\n", "\r", "\r\r\n", "\n\r", "\r\n ", " \r\n", "\r\n\r\n"];
const sizes = ["0", "1", "3", "a", "A", "00003", "000000003", "ffffffffff", "0x3", "+3", " 3", "3 ", "", "g"];
const extensions = [";a", ";a=b", ';a="b;c"', "; a = b", ";", ";;", ' ;a="', ";a\x00", ";\x80"];
/** What a mutation puts somewhere: bytes that mean something to a parser. */
const pieces = [
  "\r",
  "\n",
  "\r\n",
  "\r\n\r\n",
  "\0",
  " ",
  "\t",
  ":",
  "\x0b",
  "\x0c",
  "\x7f",
  "\x80",
  "\xa0",
  "\xff",
  ",",
  ";",
  "0",
  "#",
  "?",
  "Host: b\r\n",
  "Content-Length: 3\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Connection: close\r\n",
  "Upgrade: h2c\r\n",
  "Expect: 100-continue\r\n",
  "0\r\n\r\n",
  "GET / HTTP/1.1\r\n",
];

function chunkedBody(draw: Draw): string {
  let body = "";
  for (let count = draw.below(3); count > 0; count -= 1) {
    const data = "xyz".repeat(draw.from([1, 1, 1, 6, 100]));
    const size = draw.rarely(data.length.toString(16), sizes);
    const extension = draw.rarely("", extensions, 6);
    body += `${size}${extension}${draw.rarely("\r\n", lineEnds, 20)}${data}${draw.rarely("\r\n", lineEnds, 20)}`;
  }
  body += `${draw.rarely("0", ["00", "000000000", ""], 20)}${draw.rarely("", extensions, 10)}\r\n`;
  for (let count = draw.once(3) ? draw.below(3) : 0; count > 0; count -= 1) body += fieldOf(draw);
  return body + draw.rarely("\r\n", lineEnds, 30);
}

function fieldOf(draw: Draw): string {
  const name = draw.from(names);
  const colon = draw.rarely(": ", [":", " : ", ":\t", "\t:", "", ":\r\n "], 20);
  return `${name}${colon}${draw.from(values)}${draw.rarely("\r\n", lineEnds, 60)}`;
}

/** One message that is mostly right. */
function messageOf(draw: Draw): string {
  const method = draw.once(8) ? draw.from(methods) : draw.from(["GET", "POST"]);
  const target = draw.once(5) ? draw.from(targets) : "/p?q";
  const blank = draw.rarely(" ", ["  ", "\t", ""], 40);
  const version = draw.rarely("HTTP/1.1", versions, 16);
  const fields: string[] = [];
  if (!draw.once(30)) fields.push(`Host: ${draw.rarely("h.example", hosts, 16)}\r\n`);
  for (let count = draw.below(4); count > 0; count -= 1) fields.push(fieldOf(draw));
  if (draw.once(6)) fields.push(`Connection: ${draw.from(connections)}\r\n`);
  if (draw.once(20)) fields.push(`Expect: ${draw.from(expectations)}\r\n`);
  if (draw.once(25)) fields.push(`Upgrade: ${draw.from(["websocket", "h2c"])}\r\n`);
  let body = "";
  if (draw.once(3)) {
    const length = draw.rarely("5", lengths, 4);
    fields.push(`Content-Length: ${length}\r\n`);
    body = draw.rarely("abcde", ["abc", "", "abcdefg", "GET /x HTTP/1.1\r\nHost: x\r\n\r\n"], 8);
  }
  if (draw.once(4)) {
    fields.push(`Transfer-Encoding: ${draw.rarely("chunked", codings, 4)}\r\n`);
    body = chunkedBody(draw);
    // Else most of them have both.
    if (fields.length > 1 && !draw.once(6)) removeFirst(fields, "Content-Length");
  }
  // Anywhere: an order that a parser counts on is a fault of it.
  if (draw.once(4) && fields.length > 1) fields.push(fields.shift()!);
  const before = draw.rarely("", ["\r\n", "\r\n\r\n", "\r\n\r\n\r\n", "\n", " "], 25);
  return `${before}${method}${blank}${target} ${version}${draw.rarely("\r\n", lineEnds, 50)}${fields.join("")}\r\n${body}`;
}

function removeFirst(fields: string[], prefix: string): void {
  const index = fields.findIndex((line) => line.startsWith(prefix));
  if (index >= 0) fields.splice(index, 1);
}

function mutate(draw: Draw, input: string): string {
  const at = draw.below(input.length + 1);
  const head = input.slice(0, at);
  const tail = input.slice(at);
  switch (draw.below(6)) {
    case 0:
      return head + draw.from(pieces) + tail;
    case 1:
      return head + String.fromCharCode(draw.below(256)) + tail.slice(1);
    case 2:
      return head + tail.slice(1 + draw.below(4));
    case 3:
      return head + tail.slice(0, draw.below(20)) + tail;
    case 4:
      return head;
    default:
      return head + draw.bytes(1 + draw.below(3)) + tail;
  }
}

/** The input of a seed: one to three messages, half of them mutated one to three times. Latin-1. */
export function randomInput(seed: number): string {
  const draw = new Draw(seed);
  let input = "";
  for (let count = draw.once(2) ? 1 : 1 + draw.below(3); count > 0; count -= 1) input += messageOf(draw);
  if (draw.once(2)) return input;
  for (let count = 1 + draw.below(3); count > 0; count -= 1) input = mutate(draw, input);
  return input;
}

/** The same for every seed: up to 400 bytes, all of them random. */
export function randomBytes(seed: number): Buffer {
  const draw = new Draw(seed);
  const noise = draw.bytes(draw.below(200));
  return Buffer.from(draw.once(2) ? noise : draw.bytes(10) + messageOf(draw) + noise, "latin1");
}

/** Where the input of a seed is cut in two, for the server of ours. */
export function randomCut(seed: number, length: number): number {
  return new Draw(seed ^ 0x5eed).below(length + 1);
}
