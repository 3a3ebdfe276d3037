import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
/** The ports of the built-in config: a new user has no other. */
const ports = [8080, 8081, 7777];

async function isTaken(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const taken = await Promise.race([
    once(socket, "connect").then(() => true),
    once(socket, "error").then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return taken;
}

async function whyNot(): Promise<string | undefined> {
  if (!existsSync(join(root, ".git"))) return "not a git checkout, so what belongs to it is unknown";
  if (spawnSync("curl", ["--version"]).status !== 0) return "curl is missing";
  for (const port of ports) if (await isTaken(port)) return `port ${port} is in use`;
  return undefined;
}

/** The `sh` and `json` blocks below a heading of the README. */
function readmeBlocks(heading: string): string[] {
  const [, section = ""] = readFileSync(join(root, "README.md"), "utf8").split(`## ${heading}\n`);
  const [text = ""] = section.split("\n## ");
  return [...text.matchAll(/```(?:sh|json)\n([^`]*)```/g)].map((match) => match[1] ?? "");
}

const reason = await whyNot();
const title = "a new user, in a fresh copy of the checkout";

(reason === undefined ? describe : describe.skip)(
  reason === undefined ? title : `${title} [skipped: ${reason}]`,
  () => {
    let dir: string;
    let server: ChildProcess;
    let stdout = "";
    let stderr = "";
    const [curlLines = "", catLine = "", printed = ""] = readmeBlocks("Try it");

    function sh(line: string): string {
      return execFileSync("sh", ["-c", line], {
        cwd: dir,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      });
    }

    beforeAll(async () => {
      dir = mkdtempSync(join(tmpdir(), "sewer-new-user-"));
      const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], {
        cwd: root,
        encoding: "utf8",
      });
      for (const file of files
        .trimEnd()
        .split("\n")
        .filter((name) => existsSync(join(root, name)))) {
        mkdirSync(join(dir, dirname(file)), { recursive: true });
        copyFileSync(join(root, file), join(dir, file));
      }
      // A group of its own, so that Ctrl-C can be pressed for it.
      server = spawn("npm", ["start"], { cwd: dir, detached: true, stdio: ["ignore", "pipe", "pipe"] });
      server.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
      server.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
      while (!stdout.includes("sewer: listening")) {
        const data = once(server.stdout!, "data");
        await Promise.race([
          data,
          once(server, "exit").then(() => Promise.reject(new Error(stdout + stderr))),
        ]);
      }
    }, 180_000);

    afterAll(() => {
      if (server.exitCode === null && server.pid !== undefined) process.kill(-server.pid, "SIGKILL");
      rmSync(dir, { recursive: true, force: true });
    });

    test("npm start prints one line on stdout that names the URLs", () => {
      const line = stdout.split("\n").find((text) => text.startsWith("sewer: listening")) ?? "";
      for (const port of ports) expect(line).toContain(String(port));
    });

    test("the README's curl lines answer as it says, and the event is in data/out after the roll", async () => {
      const [pixel = "", status = "", jolokia = "", metrics = ""] = curlLines
        .trim()
        .split("\n")
        .map((line) => sh(line));
      expect(pixel).toMatch(/^HTTP\/1\.1 204 No Content\r\n/);
      expect(status).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(status.toLowerCase()).toContain("content-length: 0\r\n");
      expect(JSON.parse(jolokia)).toMatchObject({ value: 1, status: 200 });
      expect(metrics).toContain("sewer_");

      const files = async (): Promise<string[]> => {
        const out = join(dir, "data/out");
        if (!existsSync(out)) return [];
        return readdirSync(out, { recursive: true, encoding: "utf8" }).filter((name) =>
          name.endsWith(".seq"),
        );
      };
      const endMs = performance.now() + 60_000;
      while ((await files()).length === 0 && performance.now() < endMs) {
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      expect(await files()).toHaveLength(1);

      const [event = "", ...rest] = sh(catLine).trim().split("\n");
      expect(rest).toEqual([]);
      const expected = JSON.parse(printed);
      expect(JSON.parse(event)).toEqual({
        ...expected,
        timestamp: expect.any(Number),
        // The version of the curl that is installed here.
        userAgent: expect.stringMatching(/^curl\//),
      });
      expect(Object.keys(JSON.parse(event))).toEqual(Object.keys(expected));
    }, 120_000);

    test("Ctrl-C stops it cleanly, with exit code 0", async () => {
      const exited = once(server, "exit");
      // The terminal sends SIGINT to the whole group: npm, its shell, the script and the server.
      process.kill(-(server.pid ?? NaN), "SIGINT");
      const [code] = await exited;
      expect(stderr).not.toMatch(/second signal/);
      expect(code, stderr).toBe(0);
      expect(await Promise.all(ports.map(isTaken))).toEqual([false, false, false]);
    }, 60_000);
  },
);
