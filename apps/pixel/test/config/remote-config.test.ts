import { EventEmitter, once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger, LogFields } from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";
import { FaultFileSystem, ManualClock, seededRandom } from "@sewer/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { formatProblem } from "../../src/config/config-problem.ts";
import type { ConfigReading } from "../../src/config/config-source.ts";
import type { Config } from "../../src/config/config.ts";
import { RemoteConfig, type RemoteConfigOptions } from "../../src/config/remote-config.ts";
import { pixelErrors } from "../../src/errors.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { ConfigServer } from "./config-server.ts";

const directory = temporaryDirectory();
const answerLimitMs = 10_000;

/** A clock on which a test lets polls happen one by one. */
class PollClock extends ManualClock {
  /** Waits between polls so far. */
  readonly waits: number[] = [];
  readonly #events = new EventEmitter();

  override schedule(delayMs: number, callback: () => void): () => void {
    if (delayMs !== answerLimitMs) {
      this.waits.push(delayMs);
      this.#events.emit("wait");
    }
    return super.schedule(delayMs, callback);
  }

  /** Ends the wait. */
  begin(): void {
    this.advance(this.waits.at(-1) ?? 0);
  }

  /** Settles when the next wait begins. */
  async wait(): Promise<void> {
    await once(this.#events, "wait");
  }

  /** One whole poll. */
  async poll(): Promise<void> {
    const done = this.wait();
    this.begin();
    await done;
  }
}

class LogLines implements Logger {
  readonly lines: { level: string; fields: LogFields; message: string }[] = [];
  debug = this.#at("debug");
  info = this.#at("info");
  warn = this.#at("warn");
  error = this.#at("error");

  /** What was written since the last call, as `level code message`. */
  taken(): string[] {
    return this.lines.splice(0).map(({ level, fields, message }) => {
      const code = fields["code"] as string | undefined;
      return [level, ...(code === undefined ? [] : [code]), message].join(" ");
    });
  }

  #at(level: string) {
    return (fields: LogFields, message: string): void => void this.lines.push({ level, fields, message });
  }
}

const textOf = (flow: string): string => `flows: { ${flow}: { sink: { type: file, path: out } } }\n`;

let server: ConfigServer;
let port: number;
let shown: string;
let clock: PollClock;
let log: LogLines;

beforeEach(async () => {
  server = new ConfigServer();
  port = await server.open();
  shown = `http://127.0.0.1:${port}/sewer.yaml?...`;
  clock = new PollClock();
  log = new LogLines();
  serve("one");
});

afterEach(() => server.close());

function serve(flow: string): void {
  server.text = textOf(flow);
  server.etag = `"${flow}"`;
}

function remote(options: Partial<RemoteConfigOptions> = {}): RemoteConfig {
  const url = new URL(`http://us3r:s3cret@127.0.0.1:${port}/sewer.yaml?token=s3cret`);
  const random = seededRandom(7);
  const defaults = { clock, random, fs: nodeFileSystem, pollMs: 30_000, env: {}, cwd: directory() };
  return new RemoteConfig(url, { ...defaults, ...options });
}

function configOf(reading: ConfigReading): Config {
  if (!reading.ok) throw new Error(reading.problems.map(formatProblem).join("\n"));
  return reading.config;
}

const flowsOf = ({ flows }: Config): string => flows.map(({ name }) => name).join();

/** The texts of all copies that lie there. */
async function copies(): Promise<string[]> {
  const names = (await readdir(directory())).filter((name) => name.startsWith("sewer-last-good-"));
  return Promise.all(names.map((name) => readFile(join(directory(), name), "utf8")));
}

describe("read", () => {
  test("what the server gives is validated and kept; relative paths start where the program was started", async () => {
    const reading = await remote().read();
    expect(reading.warning).toBeUndefined();
    const config = configOf(reading);
    expect(config).toMatchObject({ file: shown, baseDir: directory(), flows: [{ name: "one" }] });
    expect(config.flows[0]?.spoolDir).toBe(join(directory(), "data/spool/one"));
    expect(await copies()).toEqual([textOf("one")]);
  });

  test("variables are kept by their name, not by what they hold", async () => {
    server.text = "flows: { a: { sink: { type: file, path: '${OUT}' } } }\n";
    const config = configOf(await remote({ env: { OUT: "s3cret" } }).read());
    expect(config.flows[0]?.sinks.get("main")).toMatchObject({ path: "s3cret" });
    expect(await copies()).toEqual([server.text]);
  });

  describe("a server that is away", () => {
    test("the last good copy, and why", async () => {
      await remote().read();
      await server.close();
      const reading = await remote().read();
      expect(flowsOf(configOf(reading))).toBe("one");
      expect(reading.warning?.code).toBe(pixelErrors.configServer);
      expect(reading.warning?.message).toMatch(
        /^http:\S+ cannot be read: connect ECONNREFUSED \S+; started with the last good copy of it, \/\S+\.yaml$/,
      );
      expect(reading.warning?.message).not.toContain("s3cret");
    });

    test("without a copy: what to do", async () => {
      await server.close();
      const error = await remote()
        .read()
        .catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: pixelErrors.configServer, retry: "temporary" });
      expect((error as Error).message).toMatch(/there is no good copy \(\S+\): name a file with -c/);
      expect((error as Error).message).not.toContain("s3cret");
    });

    test("a copy that a variable made invalid is none", async () => {
      server.text = "flows: { a: { sink: { type: file, path: '${OUT}' } } }\n";
      await remote({ env: { OUT: "x" } }).read();
      await server.close();
      await expect(remote().read()).rejects.toThrow(/there is no good copy/);
    });

    test("a copy that cannot be read: both reasons", async () => {
      await remote().read();
      await server.close();
      const fs = new FaultFileSystem();
      fs.judge = (operation) => (operation === "open" ? { code: "EACCES" } : undefined);
      await expect(remote({ fs }).read()).rejects.toThrow(
        /ECONNREFUSED.*sewer-last-good-.* cannot be read: .*EACCES/,
      );
    });
  });

  test("a server that says no: the last good copy, too", async () => {
    await remote().read();
    server.answer = (_, response) => response.writeHead(404).end();
    const reading = await remote().read();
    expect(flowsOf(configOf(reading))).toBe("one");
    expect(reading.warning).toMatchObject({ code: pixelErrors.configUnreadable });
  });

  describe("a server that gives nonsense", () => {
    const nonsense = "flows: {}\nnonsense: 1\n";

    test("the last good copy, and what is wrong", async () => {
      await remote().read();
      server.text = nonsense;
      server.etag = undefined;
      const reading = await remote().read();
      expect(flowsOf(configOf(reading))).toBe("one");
      expect(reading.warning?.code).toBe(pixelErrors.configInvalid);
      expect(reading.warning?.message).toContain(`the config is not valid: ${shown}:1:1: `);
      expect(reading.warning?.message).toContain("(the first of 2; sewer check tells all); started with");
      expect(await copies()).toEqual([textOf("one")]);
    });

    test("without a copy: every problem, by line and column", async () => {
      server.text = nonsense;
      const reading = await remote().read();
      expect(!reading.ok && reading.problems.map(formatProblem)).toEqual([
        expect.stringContaining(`${shown}:1:1: `),
        `${shown}:2:1: unknown key nonsense`,
      ]);
      expect(await copies()).toEqual([]);
    });
  });

  test("a copy that cannot be written is no reason not to start", async () => {
    const fs = new FaultFileSystem();
    fs.judge = (operation) => (operation === "datasync" ? { code: "ENOSPC" } : undefined);
    const reading = await remote({ fs }).read();
    expect(flowsOf(configOf(reading))).toBe("one");
    expect(reading.warning).toMatchObject({ code: pixelErrors.configCopy });
    expect(reading.warning?.message).toMatch(/cannot be written: .*ENOSPC/);
  });
});

describe("follow", () => {
  let changes: string[];
  let take: () => Promise<boolean>;
  let following: AsyncDisposable | undefined;

  beforeEach(() => {
    changes = [];
    take = async () => true;
  });

  afterEach(async () => {
    await following?.[Symbol.asyncDispose]();
    following = undefined;
  });

  async function follow(options: Partial<RemoteConfigOptions> = {}): Promise<RemoteConfig> {
    const source = remote(options);
    await source.read();
    following = source.follow(async (result) => {
      changes.push(result.ok ? flowsOf(result.config) : result.problems.map(formatProblem).join());
      return take();
    }, log);
    return source;
  }

  test("304, and 200 with the same bytes, are no change", async () => {
    await follow();
    await clock.poll();
    server.etag = undefined;
    await clock.poll();
    server.etag = '"other"';
    await clock.poll();
    await clock.poll();
    expect(server.statuses).toEqual([200, 304, 200, 200, 304]);
    expect(changes).toEqual([]);
    expect(log.taken()).toEqual([]);
  });

  test("a change is taken, and only then kept", async () => {
    await follow();
    serve("two");
    let keptMeanwhile: string[] = [];
    take = async () => {
      keptMeanwhile = await copies();
      return true;
    };
    await clock.poll();
    expect(changes).toEqual(["two"]);
    expect(keptMeanwhile).toEqual([textOf("one")]);
    expect(await copies()).toEqual([textOf("two")]);
    await clock.poll();
    expect(server.statuses.at(-1)).toBe(304);
    expect(changes).toEqual(["two"]);
  });

  test.for([
    ["not valid", "flows: {}\n", expect.stringMatching(/^.*:1:\d+: flows: /) as string],
    ["refused", textOf("two"), "two"],
  ])(
    "one that is %s is offered once, and the copy stays; what comes after it is taken",
    async ([, text, offered]) => {
      await follow();
      take = async () => false;
      server.text = text!;
      server.etag = '"bad"';
      await clock.poll();
      await clock.poll();
      server.etag = undefined;
      await clock.poll();
      expect(changes).toEqual([offered]);
      expect(await copies()).toEqual([textOf("one")]);
      take = async () => true;
      serve("three");
      await clock.poll();
      expect(changes).toEqual([offered, "three"]);
      expect(await copies()).toEqual([textOf("three")]);
    },
  );

  test("after one that was refused, the one that runs is no change, and the refused one is tried again", async () => {
    await follow();
    take = async () => false;
    serve("two");
    await clock.poll();
    serve("one");
    await clock.poll();
    expect(changes).toEqual(["two"]);
    expect(log.taken().at(-1)).toBe("info the config is again the one that runs");
    serve("two");
    await clock.poll();
    expect(changes).toEqual(["two", "two"]);
  });

  describe("a reload by hand", () => {
    test("reads what the server has now; the next poll offers that, too", async () => {
      const source = await follow();
      serve("two");
      expect(flowsOf(configOf(await source.readAgain()))).toBe("two");
      expect(changes).toEqual([]);
      expect(await copies()).toEqual([textOf("one")]);
      await clock.poll();
      expect(changes).toEqual(["two"]);
      expect(await copies()).toEqual([textOf("two")]);
      await clock.poll();
      expect(changes).toEqual(["two"]);
    });

    test("may have taken what was refused before; then what ran before that is a change", async () => {
      const source = await follow();
      take = async () => false;
      serve("two");
      await clock.poll();
      take = async () => true;
      await source.readAgain();
      serve("one");
      await clock.poll();
      expect(changes).toEqual(["two", "one"]);
    });

    test("has no use for an older config", async () => {
      const source = await follow();
      server.text = "flows: {}\n";
      server.etag = '"bad"';
      expect(await source.readAgain()).toMatchObject({ ok: false });
      await server.close();
      await expect(source.readAgain()).rejects.toMatchObject({ code: pixelErrors.configServer });
    });
  });

  test("a copy that cannot be written any more is told", async () => {
    const fs = new FaultFileSystem();
    await follow({ fs });
    fs.judge = (operation) => (operation === "rename" ? { code: "EROFS" } : undefined);
    serve("two");
    await clock.poll();
    expect(changes).toEqual(["two"]);
    expect(log.taken()).toEqual([expect.stringMatching(/^error SEWER_CONFIG_COPY .*EROFS/)]);
  });

  describe("a server that is away", () => {
    test("is told once, and once that it is back", async () => {
      await follow();
      await server.close();
      for (let count = 0; count < 3; count++) await clock.poll();
      expect(log.taken()).toEqual([
        expect.stringMatching(/^warn SEWER_CONFIG_SERVER http:\S+ cannot be read: .*; what runs goes on$/),
      ]);
      server = new ConfigServer();
      await server.open(port);
      serve("two");
      await clock.poll();
      expect(log.taken()).toEqual(["info the config can be read again"]);
      expect(changes).toEqual(["two"]);
      expect(clock.waits.at(-1)).toBeLessThanOrEqual(33_000);
      await clock.poll();
      expect(log.taken()).toEqual([]);
    });

    test("already at the start: its first answer is taken, unless it is the copy", async () => {
      await remote().read();
      await server.close();
      await follow();
      expect(clock.waits[0]).toBeGreaterThanOrEqual(54_000);
      await clock.poll();
      expect(log.taken()).toEqual([]);
      server = new ConfigServer();
      await server.open(port);
      serve("one");
      await clock.poll();
      expect(log.taken()).toEqual(["info the config can be read again"]);
      expect(changes).toEqual([]);
      serve("two");
      await clock.poll();
      expect(changes).toEqual(["two"]);
    });

    test("is asked less and less often, at least every 5 minutes", async () => {
      await follow();
      await server.close();
      for (let count = 0; count < 6; count++) await clock.poll();
      for (const [index, base] of [30, 60, 120, 240, 300, 300, 300].entries()) {
        expect(clock.waits[index]! / 1000, String(index)).toBeGreaterThanOrEqual(base * 0.9);
        expect(clock.waits[index]! / 1000, String(index)).toBeLessThanOrEqual(base * 1.1);
      }
    });

    test("that hangs has 10 s, and no second request beside that", async () => {
      await follow();
      server.answer = () => {};
      const asked = server.request();
      clock.begin();
      await asked;
      clock.advance(answerLimitMs - 1);
      expect(server.requests).toHaveLength(2);
      expect(clock.pending).toBe(1);
      const done = clock.wait();
      clock.advance(1);
      await done;
      expect(log.taken()).toEqual([expect.stringContaining("no whole answer within 10 s")]);
    });
  });

  test("polls are 30 s apart, give or take a tenth, each another time", async () => {
    await follow();
    for (let count = 0; count < 200; count++) await clock.poll();
    expect(Math.min(...clock.waits)).toBeGreaterThanOrEqual(27_000);
    expect(Math.max(...clock.waits)).toBeLessThanOrEqual(33_000);
    expect(Math.max(...clock.waits) - Math.min(...clock.waits)).toBeGreaterThan(5000);
  });

  test("an interval beyond 5 minutes is not made shorter by failures", async () => {
    await follow({ pollMs: 3_600_000 });
    await server.close();
    await clock.poll();
    expect(clock.waits[1]).toBeGreaterThanOrEqual(3_240_000);
  });

  describe("the end", () => {
    test("of a wait", async () => {
      await follow();
      await following?.[Symbol.asyncDispose]();
      expect(clock.pending).toBe(0);
      clock.advance(100_000);
      expect(server.requests).toHaveLength(1);
    });

    test("of a request", async () => {
      await follow();
      server.answer = () => {};
      const asked = server.request();
      clock.begin();
      await asked;
      await following?.[Symbol.asyncDispose]();
      expect(clock.pending).toBe(0);
      expect(log.taken()).toEqual([]);
    });

    test("waits for a change that is being taken", async () => {
      await follow();
      serve("two");
      let finish = (): void => {};
      const taking = new Promise<void>((resolve) => {
        take = () => {
          resolve();
          return new Promise((done) => {
            finish = () => done(true);
          });
        };
      });
      clock.begin();
      await taking;
      let isEnded = false;
      const ended = following?.[Symbol.asyncDispose]().then(() => (isEnded = true));
      await new Promise((resolve) => setImmediate(resolve));
      expect(isEnded).toBe(false);
      finish();
      await ended;
      expect(await copies()).toEqual([textOf("two")]);
      expect(clock.pending).toBe(0);
    });
  });
});
