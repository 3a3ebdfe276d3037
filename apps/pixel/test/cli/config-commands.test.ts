import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { starterConfig } from "../../src/cli/starter-config.ts";
import { defaultConfig } from "../../src/config/default-config.ts";
import { parseConfig } from "../../src/config/parse-config.ts";
import { runSewer, type Ended } from "../support/run-sewer.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const directory = temporaryDirectory();
const sewer = (...args: string[]): Promise<Ended> =>
  runSewer(args, { cwd: directory(), env: { TZ: "Europe/Rome" } });

describe("init", () => {
  test("writes a config that check accepts, and never overwrites", async () => {
    const { code, stdout, stderr } = await sewer("init");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^sewer\.yaml: written; next: sewer check/);
    expect(await sewer("check")).toMatchObject({ code: 0, stdout: "sewer.yaml: ok (flows: pixel)\n" });

    await writeFile(join(directory(), "sewer.yaml"), "mine");
    const again = await sewer("init");
    expect(again).toMatchObject({ code: 3, stdout: "" });
    expect(again.stderr).toBe(
      "sewer: sewer.yaml is not written: it is there already; move it away, or name another file\n",
    );
    expect(await readFile(join(directory(), "sewer.yaml"), "utf8")).toBe("mine");
  });

  test("takes a name, and says when it cannot write there", async () => {
    expect((await sewer("init", "other.yaml")).code).toBe(0);
    expect(await readFile(join(directory(), "other.yaml"), "utf8")).toBe(starterConfig);
    const { code, stderr } = await sewer("init", "no/such/directory.yaml");
    expect(code).toBe(3);
    expect(stderr).toMatch(/^sewer: no\/such\/directory\.yaml is not written: ENOENT/);
  });

  const parse = (text: string) => {
    const result = parseConfig({ file: "sewer.yaml", text, baseDir: "/b", env: {} });
    return result.ok ? result.config : result.problems;
  };

  test("what it writes is the built-in config", () => {
    expect(parse(starterConfig)).toEqual(parse(defaultConfig));
  });

  test("the HDFS sink in its comments is valid", () => {
    const uncommented = starterConfig
      .replace(/ {4}sink:\n {6}type: file\n.*\n/, "")
      .replaceAll(/^ {4}# (sink:| {2}.*)$/gm, "    $1");
    expect(uncommented).not.toContain("type: file");
    expect(parse(uncommented)).toMatchObject({ flows: [{ name: "pixel" }] });
  });
});

describe("migrate", () => {
  const properties = `sewer.source=pixel(8080)
sewer.sink=roll(30) > reliable > seqfile('hdfs://host:9000/test/collect/%{yyyy-MM-dd/HH00}/data-%{host}-%{yyyyMMdd-HHmmss}')
`;

  test("prints a config that check accepts, and notes on stderr", async () => {
    await writeFile(join(directory(), "config.properties"), properties);
    const { code, stdout, stderr } = await sewer("migrate", "config.properties");
    expect(code).toBe(0);
    expect(stderr).toMatch(/^config\.properties:2:1: note: sewer\.sink: HDFS is written over WebHDFS.*\n$/);
    expect(stdout).toMatch(/ timeZone: Europe\/Rome .*\n.*\n$/);
    await writeFile(join(directory(), "sewer.yaml"), stdout);
    expect(await sewer("check")).toMatchObject({ code: 0, stderr: "" });
  });

  test("prints nothing but what is wrong when something has no counterpart", async () => {
    await writeFile(join(directory(), "config.properties"), "sewer.source=pixel\n\nsewer.sink=null\n");
    const { code, stdout, stderr } = await sewer("migrate", "config.properties");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^config\.properties:3:1: sewer\.sink: null has no counterpart: .*\n$/);
  });

  test("a file that is not there", async () => {
    expect(await sewer("migrate", "nope.properties")).toMatchObject({
      code: 2,
      stderr: "sewer: nope.properties cannot be read: there is no such file\n",
    });
  });
});

describe("graph", () => {
  const config = `flows:
  web:
    source: { type: http, host: "::1", port: 80 }
    spool: { dir: /spool/"web" }
    sinks:
      near: { type: file, path: 'out/<b>%{host}' }
      far: { type: hdfs, namenodes: ['http://nn1:9870'], path: '/logs/%{yyyy}/data' }
  api: { source: { type: http, port: 9090 }, sink: { type: file, path: out/api } }
`;

  test("for Graphviz", async () => {
    await writeFile(join(directory(), "sewer.yaml"), config);
    const { code, stdout, stderr } = await sewer("graph");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^digraph sewer \{\n/);
    expect(stdout).toContain(`    "web.source" [label="http source\\n[::1]:80"];\n`);
    expect(stdout).toContain(
      `    "web.spool" [label="spool\\n/spool/\\"web\\"\\ndurability: interval", shape=cylinder];\n`,
    );
    expect(stdout).toContain(`  "web.spool" -> "web.sink.far";\n`);
    expect(stdout.match(/subgraph "cluster_/g)).toHaveLength(2);
  });

  test("as Mermaid: nothing of a path is taken for its own", async () => {
    await writeFile(join(directory(), "sewer.yaml"), config);
    const { code, stdout } = await sewer("graph", "--mermaid");
    expect(code).toBe(0);
    expect(stdout.split("\n").slice(0, 9)).toEqual([
      "flowchart LR",
      '  subgraph f0 ["web"]',
      '    n0["http source<br/>#91;::1#93;:80"]',
      '    n1[("spool<br/>/spool/#34;web#34;<br/>durability: interval")]',
      '    n2["file sink near<br/>out/#60;b#62;%{host}"]',
      '    n3["hdfs sink far<br/>http://nn1:9870<br/>/logs/%{yyyy}/data"]',
      "  end",
      '  subgraph f1 ["api"]',
      '    n4["http source<br/>0.0.0.0:9090"]',
    ]);
    expect(stdout).toContain("  n1 --> n3\n");
  });

  test("as JSON", async () => {
    await writeFile(join(directory(), "sewer.yaml"), config);
    const { code, stdout } = await sewer("graph", "--json");
    expect(code).toBe(0);
    const graph = JSON.parse(stdout) as { nodes: { id: string }[]; edges: object[] };
    expect(graph).toMatchObject({ v: 1 });
    expect(graph.nodes.map(({ id }) => id)).toEqual([
      "web.source",
      "web.spool",
      "web.sink.near",
      "web.sink.far",
      "api.source",
      "api.spool",
      "api.sink.main",
    ]);
    expect(graph.edges).toEqual([
      { from: "web.source", to: "web.spool" },
      { from: "web.spool", to: "web.sink.near" },
      { from: "web.spool", to: "web.sink.far" },
      { from: "api.source", to: "api.spool" },
      { from: "api.spool", to: "api.sink.main" },
    ]);
  });

  test("both forms at once, and a config with an error", async () => {
    expect((await sewer("graph", "--json", "--mermaid")).code).toBe(1);
    await writeFile(join(directory(), "sewer.yaml"), "flows: {}\n");
    expect(await sewer("graph")).toMatchObject({ code: 2, stdout: "" });
  });
});
