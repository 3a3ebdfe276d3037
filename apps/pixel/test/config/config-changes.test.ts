import { expect, test } from "vitest";
import { configChanges, keysForRestart } from "../../src/config/config-changes.ts";
import type { Config } from "../../src/config/config.ts";
import { parseConfig } from "../../src/config/parse-config.ts";

function parse(text: string): Config {
  const result = parseConfig({ file: "sewer.yaml", text, baseDir: "/etc/sewer", env: {} });
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join());
  return result.config;
}

const base = `flows:
  web:
    source: { type: http, headers: [a] }
    sink: { type: file, path: out/x }
`;
const other = `  other:
    source: { type: http, port: 9000 }
    sink: { type: file, path: other/x }
`;

test.for([
  ["nothing", base, []],
  ["the same in other words", base.replace("sink:", "sinks: { main:").replace("out/x }", "out/x } }"), []],
  ["a default that is written down", `${base}    retry: { base: 5s }\n`, []],
  ["one key", `stop: { deliver: 1m }\n${base}`, ["changed stop.deliver"]],
  ["a list, which is one value", base.replace("[a]", "[a, b]"), ["changed flows.web.source.headers"]],
  ["a directory", `${base}    spool: { dir: spool }\n`, ["changed flows.web.spool.dir"]],
  [
    "a key of a sink",
    base.replace("out/x", "out/x, timeZone: Europe/Berlin"),
    ["changed flows.web.sinks.main.timeZone"],
  ],
  ["a flow more", `${base}${other}`, ["added flows.other"]],
  ["another name", base.replace("web:", "net:"), ["removed flows.web", "added flows.net"]],
  [
    "another sink of another type",
    base.replace("type: file, path: out/x", "type: hdfs, path: /x, namenodes: ['http://nn:9870']"),
    expect.arrayContaining(["changed flows.web.sinks.main.type", "added flows.web.sinks.main.namenodes"]),
  ],
  ["the admin port away", `admin: false\n${base}`, ["changed admin"]],
] as const)("what differs: %s", ([, text, changes]) => {
  expect(configChanges(parse(base), parse(text)).map(({ path, kind }) => `${kind} ${path}`)).toEqual(changes);
});

test.for([
  [base, []],
  [`admin: false\n${base}`, ["admin"]],
  [`admin: { port: 1234 }\nlog: { format: pretty, level: warn }\n${base}`, ["admin.port", "log.format"]],
  [base.replace("type: http", "type: http, processes: 2"), ["flows.web.source.processes"]],
  [`${base}${other.replace("port: 9000", "port: 9000, processes: 3")}`, ["source.processes"]],
  [`${base}${other}`, []],
] as const)("what takes a restart %#", ([text, keys]) => {
  const [before, after] = [parse(base), parse(text)];
  expect(keysForRestart(configChanges(before, after), before, after)).toEqual(keys);
});
