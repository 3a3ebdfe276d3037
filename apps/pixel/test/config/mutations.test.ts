import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseConfig } from "../../src/config/parse-config.ts";

/** Together they name every part of a config. */
const valid = [
  `admin: { host: 127.0.0.1, port: 7777 }
graphite: { host: 127.0.0.1, port: 2003, prefix: "prod.", every: 1m }
log: { level: info, format: json }
stop: { drainDelay: 0s, graceful: 1s, deliver: 30s }
flows:
  pixel:
    source:
      type: http
      host: 0.0.0.0
      port: 8080
      statusPort: 8081
      processes: 2
      methods: [GET, HEAD, POST]
      trustedProxies: [10.0.0.0/8, "::1"]
      forwardedHeader: forwarded
      headers: [accept-language]
      body: { record: true, maxBytes: 128KiB }
    spool:
      dir: data/spool/pixel
      durability: interval
      fsyncInterval: 1s
      roll: { every: 30s, size: 512MiB, align: false }
      maxBytes: 50GiB
      minFree: 1GiB
      onFull: refuse
      receipts: { keep: 30d }
    retry: { base: 5s, cap: 10m, maxAttempts: 10, parallel: 4 }
    sink:
      type: file
      path: 'data/out/%{yyyy-MM-dd/HH00}/data-%{host}-%{yyyyMMdd-HHmmss}'
      format: { type: sequencefile, compression: block, codec: gzip, level: 1 }
plugins: []
`,
  `flows:
  web: &web
    source: { type: http, port: "\${PORT:-8080}", methods: any }
    sinks:
      near: { type: file, path: "\${HOME}/x", timeZone: Europe/Rome, format: { type: json, compression: zstd } }
      far:
        type: hdfs
        namenodes: ['http://nn1:9870', 'http://nn2:9870']
        user: sewer
        path: '/test/collect/%{yyyy-MM-dd/HH00}/data-%{rand}'
        replication: 3
        blockSize: 128MiB
        janitorDelay: 15m
        format: { schema: sewer-0.5, codec: deflate }
  app: { source: { type: http, port: 9090 }, sink: { type: file, path: y } }
`,
];

const piece = fc.oneof(
  fc.constantFrom(
    "",
    "\n",
    " ",
    "  ",
    "\t",
    ":",
    "-",
    "- ",
    "{",
    "}",
    "[",
    "]",
    "'",
    '"',
    "#",
    "&a ",
    "*a",
    "!!",
  ),
  fc.constantFrom(
    "|",
    ">",
    "?",
    "---\n",
    "...\n",
    "%",
    "%{",
    "${",
    "${A:?no}",
    "<<: *web",
    "null",
    "~",
    "true",
  ),
  fc.constantFrom(
    "-1",
    "1e999",
    "0x10",
    "9007199254740993",
    "12h30",
    "5 GB",
    "1.5KiB",
    "__proto__: 1",
    "\u0000",
  ),
  fc.constantFrom("\ud800", "\ufeff", "é", "port: 0", "sink: {}", "flows: {}", "type: http", "unknown: 1\n"),
  fc.string({ maxLength: 5 }),
);

/** Cuts `length` characters out at a place and puts something else there. */
const change = fc.record({ at: fc.nat(2000), length: fc.nat(12), piece });
const changed = fc
  .tuple(fc.constantFrom(...valid), fc.array(change, { minLength: 1, maxLength: 3 }))
  .map(([text, changes]) => {
    for (const { at, length, piece: put } of changes) {
      const from = at % (text.length + 1);
      text = text.slice(0, from) + put + text.slice(from + length);
    }
    return text;
  });

test("10,000 changed configs are taken, or refused with line and column", () => {
  let refused = 0;
  const check = (text: string): void => {
    const result = parseConfig({ file: "sewer.yaml", text, baseDir: "/", env: { HOME: "/home/x" } });
    if (result.ok) return;
    refused += 1;
    const lines = text.split(/\r\n|\n/);
    expect(result.problems).not.toEqual([]);
    for (const { line, column, message } of result.problems) {
      expect(line).toBeGreaterThanOrEqual(1);
      expect(line).toBeLessThanOrEqual(lines.length);
      expect(column).toBeGreaterThanOrEqual(1);
      expect(column).toBeLessThanOrEqual(lines[line - 1]!.length + 1);
      expect(message).not.toMatch(/^$|\[object|undefined|\n\s+at /);
    }
  };
  fc.assert(fc.property(changed, check), { numRuns: 10_000 });
  // Most changes matter, and some do not.
  expect(refused).toBeGreaterThan(2000);
  expect(refused).toBeLessThan(10_000);
});

test("the configs that are changed are valid", () => {
  for (const text of valid) {
    expect(parseConfig({ file: "", text, baseDir: "/", env: { HOME: "/home/x" } })).toMatchObject({
      ok: true,
    });
  }
});
