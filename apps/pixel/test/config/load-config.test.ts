import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { formatProblem } from "../../src/config/config-problem.ts";
import type { Config } from "../../src/config/config.ts";
import { loadConfig, type ConfigPlace } from "../../src/config/load-config.ts";
import { parseConfig } from "../../src/config/parse-config.ts";

/** The embedded default as docs/config.md writes it out. */
const documented = `
admin: { host: 127.0.0.1, port: 7777 }
log: { level: info }
stop: { drainDelay: 0s, graceful: 1s, deliver: 30s }
flows:
  pixel:
    source:
      type: http
      host: 0.0.0.0
      port: 8080
      statusPort: 8081
      processes: 1
      methods: [GET, HEAD, POST]
      trustedProxies: []
      forwardedHeader: x-forwarded-for
      headers: []
      body: { record: false, maxBytes: 128KiB }
      crossdomain: false
    spool:
      dir: data/spool/pixel
      durability: interval
      fsyncInterval: 1s
      roll: { every: 30s, size: 512MiB, align: false }
      maxBytes: 50GiB
      onFull: refuse
      receipts: { keep: 30d }
    retry: { base: 5s, cap: 10m, maxAttempts: 10, parallel: 4 }
    sink:
      type: file
      path: 'data/out/%{yyyy-MM-dd/HH00}/data-%{host}-%{yyyyMMdd-HHmmss}'
      format: { type: sequencefile, schema: access-log, compression: block, codec: gzip, level: 1 }
plugins: []
`;

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "sewer-config-"));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

async function load(place: Partial<ConfigPlace> = {}): Promise<Config> {
  const result = await loadConfig({ env: {}, cwd: directory, ...place });
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join("\n"));
  return result.config;
}

const small = (name: string): string => `flows: { ${name}: { sink: { type: file, path: out } } }\n`;

describe("which config is read", () => {
  test("-c before SEWER_CONFIG before ./sewer.yaml before the embedded default", async () => {
    expect((await load()).file).toBe("(embedded default)");
    await writeFile(join(directory, "sewer.yaml"), small("here"));
    expect((await load()).flows[0]?.name).toBe("here");
    await writeFile(join(directory, "env.yaml"), small("env"));
    const env = { SEWER_CONFIG: "env.yaml" };
    expect((await load({ env })).flows[0]?.name).toBe("env");
    await writeFile(join(directory, "option.yaml"), small("option"));
    expect((await load({ env, file: "option.yaml" })).flows[0]?.name).toBe("option");
  });

  test("a file that was named must be there", async () => {
    for (const place of [{ file: "gone.yaml" }, { env: { SEWER_CONFIG: "gone.yaml" } }]) {
      const result = await loadConfig({ env: {}, cwd: directory, ...place });
      expect(!result.ok && result.problems.map(formatProblem)).toEqual([
        "gone.yaml:1:1: cannot be read: there is no such file",
      ]);
    }
  });

  test("a directory in its place, and a file that is far too long", async () => {
    await mkdir(join(directory, "sewer.yaml"));
    const result = await loadConfig({ env: {}, cwd: directory });
    expect(!result.ok && result.problems.map(formatProblem)).toEqual([
      expect.stringContaining("sewer.yaml:1:1: cannot be read: EISDIR"),
    ]);
    await writeFile(join(directory, "long.yaml"), "#".repeat(1024 * 1024 + 1));
    const long = await loadConfig({ env: {}, cwd: directory, file: "long.yaml" });
    expect(!long.ok && long.problems.map(formatProblem)).toEqual([
      "long.yaml:1:1: cannot be read: it is longer than 1048576 bytes",
    ]);
  });
});

describe("what it says", () => {
  test("the embedded default is the documented one, with every default spelled out", async () => {
    const embedded = await load();
    const result = parseConfig({ file: embedded.file, text: documented, baseDir: directory, env: {} });
    expect(result).toEqual({ ok: true, config: embedded });
  });

  test("relative paths start from the config file's directory, those of the default from the cwd", async () => {
    expect((await load()).flows[0]?.spoolDir).toBe(join(directory, "data/spool/pixel"));
    await mkdir(join(directory, "etc"));
    await writeFile(join(directory, "etc/s.yaml"), small("web"));
    const config = await load({ file: "etc/s.yaml" });
    expect(config.baseDir).toBe(join(directory, "etc"));
    expect(config.flows[0]?.spoolDir).toBe(join(directory, "etc/data/spool/web"));
  });

  test("sink is sinks.main", async () => {
    const text = "flows: { a: { sinks: { x: { type: file, path: o }, y: { type: file, path: p } } } }";
    const result = parseConfig({ file: "f", text, baseDir: directory, env: {} });
    expect(result.ok && [...(result.config.flows[0]?.sinks.keys() ?? [])]).toEqual(["x", "y"]);
    expect([...((await load()).flows[0]?.sinks.keys() ?? [])]).toEqual(["main"]);
  });

  test("variables are replaced, and one that is not set is told once, at its place", async () => {
    await writeFile(join(directory, "sewer.yaml"), `admin: { port: '\${ADMIN}' }\n${small("a")}`);
    expect((await load({ env: { ADMIN: "7" } })).admin).toEqual({ host: "127.0.0.1", port: 7 });
    const result = await loadConfig({ env: {}, cwd: directory });
    expect(!result.ok && result.problems.map(formatProblem)).toEqual([
      "sewer.yaml:1:16: environment variable ADMIN: it is not set and has no default",
    ]);
  });

  test("a message of several lines is told on one", async () => {
    await writeFile(join(directory, "sewer.yaml"), `a: "\${A:?one\\n  two}"\n${small("a")}`);
    const result = await loadConfig({ env: {}, cwd: directory });
    expect(!result.ok && result.problems.map(formatProblem)[1]).toBe(
      "sewer.yaml:1:4: environment variable A: one two",
    );
  });

  test("admin: false", async () => {
    const result = parseConfig({ file: "f", text: `admin: false\n${small("a")}`, baseDir: "/", env: {} });
    expect(result.ok && result.config.admin).toBe(false);
  });
});
