import { describe, expect, test } from "vitest";
import { formatProblem } from "../../src/config/config-problem.ts";
import { parseConfig } from "../../src/config/parse-config.ts";

const sink = "    sink: { type: file, path: out }\n";

function linesOf(text: string, env: Record<string, string> = {}): string[] {
  const result = parseConfig({ file: "f.yaml", text, baseDir: "/base", env });
  return result.ok ? [] : result.problems.map(formatProblem);
}

const cases: readonly (readonly [title: string, text: string, lines: readonly string[]])[] = [
  ["an unknown key at the top", `admn: false\nflows:\n  pixel:\n${sink}`, ["f.yaml:1:1: unknown key admn"]],
  [
    "an unknown key inside",
    `flows:\n  pixel:\n    source:\n      type: http\n      prot: 80\n${sink}`,
    ["f.yaml:5:7: unknown key flows.pixel.source.prot"],
  ],
  [
    "an unknown key whose value is on the next line",
    `flows:\n  pixel:\n    spol:\n      dir: x\n${sink}`,
    ["f.yaml:3:5: unknown key flows.pixel.spol"],
  ],
  [
    "a port beyond 65535",
    `flows:\n  pixel:\n    source: { type: http, port: 70000 }\n${sink}`,
    ["f.yaml:3:33: flows.pixel.source.port: Too big: expected number to be <=65535"],
  ],
  [
    "a negative port",
    `flows:\n  pixel:\n    source: { type: http, port: -1 }\n${sink}`,
    ["f.yaml:3:33: flows.pixel.source.port: Too small: expected number to be >=0"],
  ],
  [
    "a port that is no number",
    `admin: { port: seven }\nflows:\n  pixel:\n${sink}`,
    ["f.yaml:1:16: admin.port: expected number, received string"],
  ],
  ["admin: true", `admin: true\nflows:\n  pixel:\n${sink}`, ["f.yaml:1:8: admin: expected false or object"]],
  [
    "an unknown key of admin",
    `admin: { prt: 1 }\nflows:\n  pixel:\n${sink}`,
    ["f.yaml:1:10: unknown key admin.prt"],
  ],
  [
    "an unknown sink type",
    "flows:\n  pixel:\n    sink:\n      type: kafka\n      path: x\n",
    ['f.yaml:4:13: flows.pixel.sink.type: unknown type "kafka"; known: file, hdfs'],
  ],
  [
    "a sink without a type",
    "flows:\n  pixel:\n    sink:\n      path: x\n",
    ["f.yaml:4:7: missing key flows.pixel.sink.type"],
  ],
  [
    "a sink without a path",
    "flows:\n  pixel:\n    sink:\n      type: file\n",
    ["f.yaml:4:7: missing key flows.pixel.sink.path"],
  ],
  [
    "an unknown source type",
    `flows:\n  pixel:\n    source: { type: tcp }\n${sink}`,
    ['f.yaml:3:21: flows.pixel.source.type: unknown type "tcp"; known: http'],
  ],
  [
    "an unknown type of a key that may be left away, which is no type by itself",
    "flows:\n  pixel:\n    sink: { type: file, path: x, format: { type: avro } }\n",
    ['f.yaml:3:50: flows.pixel.sink.format.type: unknown type "avro"; known: sequencefile, json'],
  ],
  [
    "a negative duration",
    `flows:\n  pixel:\n    spool: { roll: { every: -5s } }\n${sink}`,
    [
      'f.yaml:3:29: flows.pixel.spool.roll.every: expected a duration like 250ms, 30s, 10m, 1h or 30d, got "-5s"',
    ],
  ],
  [
    "a duration that is a list",
    `stop: { deliver: [1s] }\nflows:\n  pixel:\n${sink}`,
    ["f.yaml:1:18: stop.deliver: expected string or number"],
  ],
  [
    "a size with a wrong unit",
    `flows:\n  pixel:\n    spool: { maxBytes: 5GB }\n${sink}`,
    ['f.yaml:3:24: flows.pixel.spool.maxBytes: expected a size like 64KiB, 512MiB or 50GiB, got "5GB"'],
  ],
  [
    "an unknown word",
    `log: { level: loud }\nflows:\n  pixel:\n${sink}`,
    ['f.yaml:1:15: log.level: expected one of "debug"|"info"|"warn"|"error"'],
  ],
  [
    "a flow name in capitals",
    "flows:\n  Pixel:\n    sink: { type: file, path: out }\n",
    ["f.yaml:2:3: flows.Pixel: a name begins with a letter a-z and holds only a-z, 0-9 and -"],
  ],
  [
    "a sink name with a dot",
    "flows:\n  pixel:\n    sinks:\n      a.b: { type: file, path: out }\n",
    ["f.yaml:4:7: flows.pixel.sinks.a.b: a name begins with a letter a-z and holds only a-z, 0-9 and -"],
  ],
  [
    "sink and sinks",
    `flows:\n  pixel:\n${sink}    sinks:\n      a: { type: file, path: out }\n`,
    ["f.yaml:4:5: flows.pixel.sinks: sink is short for sinks: { main: ... }, give one of the two"],
  ],
  ["no sink", "flows:\n  pixel:\n    retry: {}\n", ["f.yaml:3:5: missing key flows.pixel.sink"]],
  [
    "no sinks inside",
    "flows:\n  pixel:\n    sinks: {}\n",
    ["f.yaml:3:5: flows.pixel.sinks: at least one sink is needed"],
  ],
  ["no flows", "admin: false\n", ["f.yaml:1:1: missing key flows"]],
  ["an empty map of flows", "flows: {}\n", ["f.yaml:1:1: flows: at least one flow is needed"]],
  ["an empty file", "", ["f.yaml:1:1: the config: expected object, received null"]],
  [
    "an unknown token of a path",
    "flows:\n  pixel:\n    sink:\n      type: file\n      path: 'a-%{nope}'\n",
    [expect.stringMatching(/^f\.yaml:5:13: flows\.pixel\.sink\.path: .*nope/)],
  ],
  [
    "a key of JavaScript's own",
    `flows:\n  __proto__:\n${sink}  pixel:\n${sink}`,
    ["f.yaml:2:3: unknown key __proto__"],
  ],
  [
    "a duplicate key",
    `admin: false\nadmin: false\nflows:\n  pixel:\n${sink}`,
    ["f.yaml:2:1: Map keys must be unique"],
  ],
  [
    "bad indentation",
    "flows:\n  pixel:\n    sink: { type: file, path: out }\n   retry: {}\n",
    [expect.stringMatching(/^f\.yaml:4:\d+: /)],
  ],
  ["a bracket that is never closed", "flows: {\n", [expect.stringMatching(/^f\.yaml:\d+:\d+: /)]],
  [
    "two documents",
    `flows:\n  pixel:\n${sink}---\na: 1\n`,
    [expect.stringMatching(/^f\.yaml:4:1: .*multiple documents/)],
  ],
];

describe("what is wrong with a config, by file, line and column", () => {
  test.each(cases)("%s", (_, text, lines) => {
    expect(linesOf(text)).toEqual(lines);
  });

  test("JSON is YAML too", () => {
    const text =
      '{\n  "flows": {\n    "pixel": { "sink": { "type": "file", "path": "out", "x": 1 } }\n  }\n}\n';
    expect(linesOf(text)).toEqual(["f.yaml:3:57: unknown key flows.pixel.sink.x"]);
  });

  test("everything is told at once, one line each, in the order of the file", () => {
    const text = `colour: red
flows:
  pixel:
    source: { type: http, port: 99999, processes: 0 }
    spool: { roll: { every: -1s } }
    sink: { type: kafka }
`;
    expect(linesOf(text).map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      "f.yaml:1:1: unknown",
      "f.yaml:4:33: flows.pixel.source.port:",
      "f.yaml:4:51: flows.pixel.source.processes:",
      "f.yaml:5:29: flows.pixel.spool.roll.every:",
      "f.yaml:6:19: flows.pixel.sink.type:",
    ]);
  });

  test("aliases that multiply are refused", () => {
    const bomb = ["a: &a [x, x, x, x, x, x, x, x, x, x]"];
    for (const [name, inner] of ["ba", "cb", "dc", "ed", "fe"]) {
      bomb.push(`${name}: &${name} [${Array(10).fill(`*${inner}`).join(", ")}]`);
    }
    expect(linesOf(`${bomb.join("\n")}\n`).join("\n")).toMatch(/alias/i);
  });
});

describe("what two parts must not share", () => {
  const flow = (name: string, source: string, dir: string): string =>
    `  ${name}:\n    source: { type: http, ${source} }\n    spool: { dir: ${dir} }\n${sink}`;

  test("a port of two flows", () => {
    const text = `flows:\n${flow("a", "port: 81", "s/a")}${flow("b", "port: 90, statusPort: 81", "s/b")}`;
    expect(linesOf(text)).toEqual([
      "f.yaml:7:49: flows.b.source.statusPort: the status port of flow b, 81, is also the pixel port of flow a",
    ]);
  });

  test("a status port that is only a default points at the source", () => {
    const text = `flows:\n${flow("a", "port: 81", "s/a")}${flow("b", "port: 82", "s/b")}`;
    expect(linesOf(text)).toEqual([
      "f.yaml:7:33: flows.b.source.port: the pixel port of flow b, 82, is also the status port of flow a",
    ]);
  });

  test("the admin port", () => {
    const text = `flows:\n${flow("a", "port: 7776", "s/a")}`;
    expect(linesOf(text)).toEqual([
      "f.yaml:3:13: flows.a.source.statusPort: the status port of flow a, 7777, is also the admin port",
    ]);
    expect(linesOf(`admin: false\n${text}`)).toEqual([]);
  });

  test("the same port on two addresses is no clash, and port 0 never is one", () => {
    const two = `flows:\n${flow("a", "host: 127.0.0.2, port: 81", "s/a")}${flow("b", "host: 127.0.0.3, port: 81", "s/b")}`;
    expect(linesOf(two)).toEqual([]);
    const zero = `flows:\n${flow("a", "port: 0, statusPort: 0", "s/a")}${flow("b", "port: 0, statusPort: 0", "s/b")}`;
    expect(linesOf(zero)).toEqual([]);
  });

  test.each([
    ["s/a", "s/a"],
    ["s/a", "./s/../s/a/"],
    ["s/a", "s/a/inner"],
    ["s/a/inner", "s/a"],
    ["data/spool/b", "/base/data/spool/b"],
  ])("a spool directory: %s and %s", (a, b) => {
    const text = `flows:\n${flow("a", "port: 81", a)}${flow("b", "port: 91", b)}`;
    expect(linesOf(text)).toEqual([
      "f.yaml:8:19: flows.b.spool.dir: flow a has the same spool directory or one around it",
    ]);
  });

  test("spool directories beside each other are fine", () => {
    expect(linesOf(`flows:\n${flow("a", "port: 81", "s/a")}${flow("b", "port: 91", "s/ab")}`)).toEqual([]);
  });
});
