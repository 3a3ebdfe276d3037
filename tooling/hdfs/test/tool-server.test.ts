import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { writeConfiguration } from "../src/configuration.ts";
import { testbedErrors } from "../src/errors.ts";
import { prepareHadoop } from "../src/prepare-hadoop.ts";
import { ToolServer } from "../src/tool-server.ts";
import { describeHdfs } from "../src/vitest.ts";

describeHdfs("tools in a JVM that stays", () => {
  const shell = "org.apache.hadoop.fs.FsShell";
  const folder = mkdtempSync(join(tmpdir(), "sewer-tools-"));
  const launched: (number | undefined)[] = [];
  let tools: ToolServer;

  beforeAll(async () => {
    // What a machine without a locale has.
    vi.stubEnv("LC_ALL", "C");
    // It knows no cluster: its files are local.
    await writeConfiguration(join(folder, "conf"), {});
    tools = new ToolServer({
      hadoop: await prepareHadoop(),
      configuration: join(folder, "conf"),
      folder,
      user: "sewer",
      onLaunch: () => launched.push(tools.pid),
    });
  });

  afterAll(async () => {
    vi.unstubAllEnvs();
    await tools?.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  test("each call gets its own answer, whatever is in it, from one process", async () => {
    const texts = ["Grüße\n", "", "two words", "a\nb\n"];
    const paths = texts.map((text, index) => {
      const path = join(folder, `file ${index} ü`);
      writeFileSync(path, text);
      return path;
    });
    expect(await Promise.all(paths.map((path) => tools.run(shell, ["-cat", path])))).toEqual(texts);
    expect(launched).toEqual([tools.pid]);
  });

  test("a tool that fails says why; the next one is not touched by it", async () => {
    await expect(tools.run(shell, ["-cat", join(folder, "none")])).rejects.toMatchObject({
      code: testbedErrors.tool,
      message: expect.stringMatching(/^FsShell -cat .*none: exit code 1\n.*No such file or directory/),
    });
    await expect(tools.run("no.such.Tool", [])).rejects.toThrow(/ClassNotFoundException: no\.such\.Tool/);
    expect(await tools.run(shell, ["-ls", folder])).toContain("tools.log");
  });

  test("a tool that takes too long is ended; the next one gets a new process", async () => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const endless = tools.run(shell, ["-cat", pipe], 500);
    const next = tools.run(shell, ["-test", "-e", folder]);
    await expect(endless).rejects.toMatchObject({
      code: testbedErrors.tool,
      message: expect.stringContaining("the time limit of 500 ms"),
    });
    expect(await next).toBe("");
    expect(new Set(launched).size).toBe(2);
  });
});
