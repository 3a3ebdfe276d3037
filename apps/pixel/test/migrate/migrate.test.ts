import { describe, expect, test } from "vitest";
import { parseConfig } from "../../src/config/parse-config.ts";
import { migrate, type Migration } from "../../src/migrate/migrate.ts";

const chain =
  "roll(30) > reliable > seqfile('hdfs://host:9000/test/collect/%{yyyy-MM-dd/HH00}/data-%{host}-%{yyyyMMdd-HHmmss}')";
const file = "file:///opt/out/%{yyyy-MM-dd}/data-%{host}";
const plain = `sewer.source=pixel\nsewer.sink=roll(30) > seqfile('${file}')\n`;

function migrated(text: string): Migration {
  return migrate(text, { file: "conf/config.properties", timeZone: "Europe/Rome" });
}

/** The one flow of the config that `text` comes down to, as `sewer start` reads it. */
function flowOf(text: string) {
  const { text: yaml = "", problems } = migrated(text);
  expect(problems).toEqual([]);
  const result = parseConfig({ file: "sewer.yaml", text: yaml, baseDir: "/etc/sewer", env: {} });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  const [flow] = result.config.flows;
  if (flow === undefined) throw new Error("no flow");
  return { ...flow, sink: flow.sinks.get("main"), stop: result.config.stop, yaml };
}

const problemsOf = (text: string): string[] =>
  migrated(text).problems.map(({ line, message }) => `${line}: ${message}`);
const notesOf = (text: string): string[] =>
  migrated(text).notes.map(({ line, message }) => `${line}: ${message}`);

describe("the chain of the original's example", () => {
  test("becomes a flow", () => {
    const { name, source, spool, spoolDir, sink } = flowOf(
      `sewer.source=pixel(8080)\nsewer.wal.path=/opt/sewer/wal\nsewer.sink=${chain}\n`,
    );
    expect({ name, spoolDir }).toEqual({ name: "pixel", spoolDir: "/opt/sewer/wal/pixel" });
    expect(source).toMatchObject({ port: 8080, statusPort: 8081, methods: "any", crossdomain: true });
    expect(spool.roll).toMatchObject({ every: 30_000, align: false });
    expect(sink).toMatchObject({
      type: "hdfs",
      namenodes: ["http://host:9870"],
      path: "/test/collect/%{yyyy-MM-dd/HH00}/data-%{host}-%{yyyyMMdd-HHmmss}",
      timeZone: "Europe/Rome",
      format: { type: "sequencefile", schema: "sewer-0.5", compression: "block", codec: "gzip" },
    });
  });

  test("tells which port was taken for granted", () => {
    expect(notesOf(`sewer.source=pixel\nsewer.sink=${chain}`)).toEqual([
      expect.stringMatching(
        /^2: sewer\.sink: .*WebHDFS, at http:\/\/host:9870; 9000 is the port of Hadoop's RPC/,
      ),
    ]);
  });

  test("is written with comments", () => {
    const { yaml } = flowOf(`sewer.source=pixel(80)\nsewer.sink=${chain}`);
    expect(yaml).toMatch(/^# Made from conf\/config\.properties by "sewer migrate"/);
    expect(yaml).toMatch(/ methods: any # the original took every method/);
    expect(yaml).toMatch(/ roll: \{ every: 30s \} # /);
    expect(yaml).toMatch(/ namenodes: \[ ?"?http:\/\/host:9870"? ?\] # /);
  });
});

describe("every key of the original", () => {
  test("of the source", () => {
    const keys = {
      "status.port": 9001,
      graceful: 2500,
      max_idle: 20_000,
      low_resource_max_idle: 3000,
      extractor: "net.pixelcop.sewer.source.http.DefaultAccessLogExtractor",
      accept_queue: 100,
      keepalive: "true",
      low_resource_conns: 500,
      disable_keepalive_threshold: 0,
    };
    const lines = Object.entries(keys).map(([key, value]) => `sewer.source.pixel.${key}=${value}`);
    const text = `${plain}${lines.join("\n")}`;
    const { source, stop } = flowOf(text);
    expect(source.statusPort).toBe(9001);
    expect(source.limits).toMatchObject({ idleTime: 20_000, idleTimeCrowded: 3000 });
    expect(stop.graceful).toBe(2500);
    expect(notesOf(text).map((note) => note.replace(/ is left out: .+/, ""))).toEqual([
      "8: sewer.source.pixel.accept_queue",
      "9: sewer.source.pixel.keepalive",
      "10: sewer.source.pixel.low_resource_conns",
      "11: sewer.source.pixel.disable_keepalive_threshold",
    ]);
  });

  test("of the sink", () => {
    const text = `${plain}sewer.sink.roll.even.boundaries=true\nsewer.sink.compression=snappy\nsewer.sink.secure.remote.timeout=5\nsewer.sink.disruptor.threads=2\n`;
    const { spool, sink } = flowOf(text);
    expect(spool.roll.align).toBe(true);
    expect(sink?.format).toMatchObject({ codec: "snappy" });
    expect(notesOf(text)).toHaveLength(2);
  });

  test("of Graphite and Hadoop, and unknown ones", () => {
    const graphite = "sewer.metrics.graphite.host=localhost\nsewer.metrics.graphite.prefix=prod.\n";
    const text = `${plain}${graphite}io.file.buffer.size=65536\nfoo.bar=1\n`;
    expect(flowOf(text).sink?.type).toBe("file");
    expect(migrated(text).text).toContain("graphite:\n  host: localhost\n  port: 2003\n  prefix: prod.\n");
    expect(notesOf(text)).toEqual([
      expect.stringMatching(/^5: io\.file\.buffer\.size is left out/),
      "6: foo.bar is left out: nothing reads it",
    ]);
  });

  test.each(["default", "deflate", "gzip", "bzip2"])("compression %s", (codec) => {
    const { sink } = flowOf(`${plain}sewer.sink.compression=${codec}`);
    expect(sink?.format).toMatchObject({ codec: codec === "default" ? "deflate" : codec });
  });
});

describe("decorators", () => {
  test.each([
    ["reliable", 0],
    ["defer", 0],
    ["buffer", 1],
    ["buffer_pool(4)", 1],
    ["local_buffer(4)", 1],
    ["disruptor", 1],
    ["delayed_open", 1],
    ["METER", 1],
  ])("%s", (decorator, notes) => {
    const text = `sewer.source=pixel\nsewer.sink=${decorator} > roll > seqfile("${file}")`;
    expect(flowOf(text).spool.roll.every).toBe(30_000);
    expect(notesOf(text)).toHaveLength(notes);
  });

  test("roll, with and without quotes", () => {
    expect(flowOf(plain.replace("roll(30)", "roll('90')")).spool.roll.every).toBe(90_000);
  });

  test("without roll the default is taken, and told", () => {
    const text = `sewer.source=pixel\nsewer.sink=reliableseq('${file}')`;
    expect(flowOf(text).spool.roll.every).toBe(30_000);
    expect(notesOf(text)).toEqual([expect.stringMatching(/^2: sewer\.sink: without roll /)]);
  });
});

describe("where files go", () => {
  const sinkOf = (target: string, more = "") =>
    flowOf(`sewer.source=pixel\nsewer.sink=roll > seqfile('${target}')\n${more}`).sink;

  test.each(["file:///opt/out/data", "file:/opt/out/data", "FILE:///opt/out/data"])("%s", (target) => {
    expect(sinkOf(target)).toMatchObject({ type: "file", path: "/opt/out/data" });
  });

  test("a path alone lies in Hadoop's default file system", () => {
    const namenodes = ["http://nn:9870"];
    for (const key of ["fs.defaultFS", "fs.default.name"]) {
      expect(sinkOf("/logs/data", `${key}=hdfs://nn:8020/`)).toMatchObject({
        type: "hdfs",
        namenodes,
        path: "/logs/data",
      });
    }
  });

  test("Hadoop's own keys", () => {
    const keys =
      "dfs.namenode.http-address.ns.a=nn1:50070\ndfs.namenode.http-address.ns.b=nn2:50070\ndfs.replication=2\ndfs.blocksize=64m\n";
    expect(sinkOf("hdfs://ns/logs/data", keys)).toMatchObject({
      namenodes: ["http://nn1:50070", "http://nn2:50070"],
      replication: 2,
      blockSize: 64 * 1024 * 1024,
    });
    expect(sinkOf("hdfs://nn:8020/d", "dfs.http.address=0.0.0.0:50070")).toMatchObject({
      namenodes: ["http://nn:50070"],
    });
    expect(sinkOf("webhdfs://nn:9870/d", "dfs.block.size=1048576")).toMatchObject({
      namenodes: ["http://nn:9870"],
      blockSize: 1_048_576,
    });
  });

  test("the original's tokens in any case, and dates", () => {
    expect(sinkOf("file:///d/%{HOST}-%{Rand}-%{nanos}-%{yyyyMMdd}")).toMatchObject({
      path: "/d/%{host}-%{rand}-%{nanos}-%{yyyyMMdd}",
    });
  });
});

describe("what has no counterpart is refused, with its line and what to do", () => {
  const source = "# config\nsewer.source=pixel\n";
  test.each([
    ["", "1: sewer.source is missing: add sewer.source=pixel(8080)"],
    ["sewer.source=syslog(514)\n", "1: sewer.source: syslog has no counterpart; events come in by HTTP only"],
    ["sewer.source=pipe('x')\n", "1: sewer.source: pipe has no counterpart"],
    ["sewer.source=nope\n", "1: sewer.source: nope is no source"],
    ["sewer.source=pixel(http)\n", '1: sewer.source: "http" is no port'],
    ["sewer.source=pixel(70000)\n", '1: sewer.source: "70000" is no port'],
    ["sewer.source=pixel > null\n", "1: sewer.source: a source stands alone"],
    ["sewer.source=pixel(\n", '1: sewer.source: "pixel(" is no name'],
    [source, "1: sewer.sink is missing"],
    [`${source}sewer.sink=null`, "3: sewer.sink: null has no counterpart: it drops every event"],
    [`${source}sewer.sink=dfs("hdfs://h:1/x")`, "3: sewer.sink: dfs has no counterpart"],
    [`${source}sewer.sink=tcpwrite("h", 9)`, "3: sewer.sink: tcpwrite has no counterpart"],
    [`${source}sewer.sink=stdout`, "3: sewer.sink: stdout has no counterpart"],
    [`${source}sewer.sink=roll(30) > nope`, "3: sewer.sink: nope is no sink: end the chain with seqfile"],
    [`${source}sewer.sink=roll(30) > constructor`, "3: sewer.sink: constructor is no sink"],
    [`${source}sewer.sink=nope > seqfile('${file}')`, "3: sewer.sink: nope is no decorator"],
    [`${source}sewer.sink=null > seqfile('${file}')`, "3: sewer.sink: null is a sink and ends the chain"],
    [
      `${source}sewer.sink=roll(soon) > seqfile('${file}')`,
      '3: sewer.sink: roll("soon"): expected whole seconds',
    ],
    [`${source}sewer.sink=roll(0) > seqfile('${file}')`, '3: sewer.sink: roll("0")'],
    [`${source}sewer.sink=seqfile`, "3: sewer.sink: seqfile names no path"],
    [`${source}sewer.sink=seqfile('/logs/x')`, '3: sewer.sink: "/logs/x" says no file system'],
    [`${source}sewer.sink=seqfile('s3n://b/x')`, "3: sewer.sink: s3n:// has no counterpart"],
    [`${source}sewer.sink=seqfile('file:///x/%{EEE}')`, "3: sewer.sink: path: unknown token %{EEE}"],
    [`${source}sewer.sink=seqfile('file:///x/%Y-%m')`, "3: sewer.sink: %Y is no token"],
    [`${source}sewer.sink=seqfile('hdfs://h:1/\${dir}/x')`, "3: sewer.sink: ${...} is not filled in here"],
    [`${source}sewer.sink=seqfile('hdfs://h:1/a b')`, "3: sewer.sink: path: expected an absolute path of"],
    [`${source}sewer.sink=a >`, '3: sewer.sink: "" is no name'],
    [`${plain}sewer.sink.compression=lzo`, '3: sewer.sink.compression: "lzo" is none of default, deflate'],
    [`${plain}sewer.plugins=com.acme.Foo`, "3: sewer.plugins: Java classes cannot be used"],
    [`${plain}sewer.source.pixel.extractor=com.acme.Foo`, "3: sewer.source.pixel.extractor: Java classes"],
    [`${plain}sewer.source.pixel.graceful=soon`, "3: sewer.source.pixel.graceful: expected a whole number"],
    [
      `${plain}sewer.source.pixel.status.port=7777`,
      "1: the config made of it is refused: flows.pixel.source.statusPort",
    ],
  ])("%j", (text, problem) => {
    expect(migrated(text).text).toBeUndefined();
    expect(problemsOf(text)).toContainEqual(expect.stringContaining(problem));
  });

  test("all at once, in the order of the file", () => {
    const text = "sewer.sink=null\nsewer.plugins=a\nsewer.source=pipe\n";
    expect(migrated(text).problems.map(({ line }) => line)).toEqual([1, 2, 3]);
  });
});
