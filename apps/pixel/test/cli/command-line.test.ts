import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { freePorts, runSewer } from "../support/run-sewer.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const directory = temporaryDirectory();
const sewer = (...args: string[]): ReturnType<typeof runSewer> => runSewer(args, { cwd: directory() });
const fixture = (name: string): string => new URL(`../fixtures/${name}`, import.meta.url).pathname;

describe("usage", () => {
  test.each([
    [["--help"]],
    [["start", "--help"]],
    [["check", "--help"]],
    [["cat", "--help"]],
    [["status", "--help"]],
    [["spool", "--help"]],
    [["spool", "ls", "--help"]],
    [["help", "cat"]],
  ])("%j is answered on stdout", async (args) => {
    const { code, stdout, stderr } = await sewer(...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Usage: sewer /);
  });

  test("the version", async () => {
    const { code, stdout } = await sewer("--version");
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  test.each([
    [[]],
    [["nothing"]],
    [["spool"]],
    [["spool", "requeue", "dir"]],
    [["spool", "export", "dir", "batch"]],
    [["spool", "ls", "--state", "nope"]],
    [["start", "--nope"]],
    [["start", "extra"]],
    [["start", "-c"]],
    [["check", "-c"]],
    [["cat"]],
    [["--nope"]],
  ])("%j is a usage error: 1, and nothing on stdout", async (args) => {
    const { code, stdout, stderr } = await sewer(...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).not.toBe("");
  });
});

describe("check", () => {
  test("the embedded default is fine", async () => {
    expect(await sewer("check")).toMatchObject({
      code: 0,
      stdout: "(embedded default): ok (flows: pixel)\n",
      stderr: "",
    });
  });

  test("one line for each error, exit code 2", async () => {
    const text = "flows:\n  pixel:\n    source: { type: http, port: 70000 }\n    sink: { type: nope }\n";
    await writeFile(join(directory(), "bad.yaml"), text);
    for (const command of ["check", "start"]) {
      expect(await sewer(command, "-c", "bad.yaml")).toMatchObject({
        code: 2,
        stdout: "",
        stderr:
          "bad.yaml:3:33: flows.pixel.source.port: Too big: expected number to be <=65535\n" +
          'bad.yaml:4:19: flows.pixel.sink.type: unknown type "nope"; known: file, hdfs\n',
      });
    }
  });

  test("a file that is not there", async () => {
    expect(await sewer("check", "--config", "gone.yaml")).toMatchObject({
      code: 2,
      stderr: "gone.yaml:1:1: cannot be read: there is no such file\n",
    });
  });

  test("--connect opens the sinks", async () => {
    await writeFile(
      join(directory(), "ok.yaml"),
      "flows: { a: { sink: { type: file, path: 'out/x-%{host}' } } }\n",
    );
    expect(await sewer("check", "-c", "ok.yaml", "--connect")).toMatchObject({ code: 0, stderr: "" });
    const [port = 0] = await freePorts(1);
    const sink = `{ type: hdfs, namenodes: ['http://127.0.0.1:${port}'], path: /t/x }`;
    await writeFile(join(directory(), "bad.yaml"), `flows: { a: { sinks: { far: ${sink} } } }\n`);
    const { code, stderr } = await sewer("check", "-c", "bad.yaml", "--connect");
    expect(code).toBe(3);
    expect(stderr).toMatch(/^sewer: flows\.a: sink far cannot be opened: .+\n$/);
  });
});

describe("cat", () => {
  test("prints several files, and goes on after one that is damaged", async () => {
    const bad = join(directory(), "bad.jsonl");
    await writeFile(bad, '{"a":1}\n{');
    const good = join(directory(), "good.jsonl");
    await writeFile(good, '{"b":2}\n');
    const { code, stdout, stderr } = await sewer("cat", bad, good);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '{"a":1}\n{"b":2}\n' });
    expect(stderr).toBe(`sewer: ${bad}: damaged at byte 8: the line is no JSON\n`);
  });

  test("--raw", async () => {
    const { code, stdout } = await sewer("cat", "--raw", fixture("none_long_text.seq"));
    expect(code).toBe(0);
    expect(stdout.split("\n")[1]).toBe('{"key":"fffffcbe68a80bbc","value":"05706978656c"}');
  });

  test("a file that is not there: 2; one that is of no kind: 3", async () => {
    expect(await sewer("cat", "gone.seq")).toMatchObject({
      code: 2,
      stdout: "",
      stderr: "sewer: gone.seq: there is no such file\n",
    });
    expect(await sewer("cat", fixture("README.md"))).toMatchObject({ code: 3 });
  });

  test("a reader that goes away ends it quietly", async () => {
    const large = join(directory(), "large.jsonl");
    await writeFile(large, '{"filler":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}\n'.repeat(100_000));
    const main = new URL("../../src/main.ts", import.meta.url).pathname;
    const node = `'${process.execPath}' --conditions=@sewer/source '${main}'`;
    const script = `{ ${node} cat '${large}'; echo "code $?" >&2; } | head -n 1`;
    const shell = spawn("bash", ["-c", script]);
    let output = "";
    let messages = "";
    shell.stdout.on("data", (text: Buffer) => (output += text.toString()));
    shell.stderr.on("data", (text: Buffer) => (messages += text.toString()));
    await once(shell, "close");
    expect(output).toBe('{"filler":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}\n');
    expect(messages).toBe("code 0\n");
  });
});
