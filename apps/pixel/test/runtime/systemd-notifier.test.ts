import { spawn, spawnSync } from "node:child_process";
import { chmod, copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { once } from "node:events";
import { silentLogger, type Logger } from "@sewer/core";
import { ManualClock } from "@sewer/testkit";
import { expect, onTestFinished, test } from "vitest";
import { SystemdNotifier } from "../../src/runtime/systemd-notifier.ts";
import { eventually } from "../support/eventually.ts";
import { describeProgram } from "@sewer/testkit/vitest";
import { RunningSewer } from "../support/run-sewer.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const directory = temporaryDirectory();
const limitMs = 30_000;

/** Puts a systemd-notify on a PATH of its own; it writes down what it is told. @returns the environment, and how to read that. */
async function fakeNotify(): Promise<{ env: Record<string, string>; told: () => Promise<string[]> }> {
  const program = join(directory(), "systemd-notify");
  const log = join(directory(), "told");
  await writeFile(program, `#!/bin/sh\necho "$NOTIFY_SOCKET $*" >> ${log}\n`);
  await chmod(program, 0o755);
  const told = async (): Promise<string[]> =>
    (await readFile(log, "utf8").catch(() => "")).split("\n").filter((line) => line !== "");
  return { env: { PATH: `${directory()}:/usr/bin:/bin`, NOTIFY_SOCKET: "/run/n" }, told };
}

async function startSewer(env: Record<string, string>): Promise<RunningSewer> {
  const text =
    "admin: false\nflows: { a: { source: { type: http, host: 127.0.0.1, port: 0 }, sink: { type: file, path: out/x } } }\n";
  await writeFile(join(directory(), "sewer.yaml"), text);
  const sewer = new RunningSewer(["start"], { cwd: directory(), env });
  onTestFinished(async () => void (await sewer.stop("SIGKILL")));
  await sewer.listening();
  return sewer;
}

test("systemd hears when the server is ready, that it turns, and when it stops", async () => {
  const { env, told } = await fakeNotify();
  const sewer = await startSewer({ ...env, WATCHDOG_USEC: "200000" });
  await eventually(
    async () => ((await told()).filter((line) => line.endsWith("WATCHDOG=1")).length >= 2 ? true : undefined),
    { limitMs, describe: () => "the watchdog hears nothing" },
  );
  expect((await sewer.stop()).code).toBe(0);
  const lines = await told();
  expect(lines[0]).toBe("/run/n READY=1");
  expect(lines).toContain("/run/n STOPPING=1");
});

test("without systemd nothing is started", async () => {
  const { env, told } = await fakeNotify();
  const sewer = await startSewer({ ...env, NOTIFY_SOCKET: "" });
  expect((await sewer.stop()).code).toBe(0);
  expect(await told()).toEqual([]);
});

test("a watchdog that is meant for another process hears nothing", async () => {
  const { env, told } = await fakeNotify();
  const clock = new ManualClock();
  const notifier = new SystemdNotifier({
    clock,
    logger: silentLogger,
    env: { ...env, WATCHDOG_USEC: "1000000", WATCHDOG_PID: "1" },
  });
  notifier.ready();
  clock.advance(5000);
  await notifier.close();
  expect(await told()).toEqual(["/run/n READY=1"]);
});

test("where there is no systemd-notify it is told once, with what to do", async () => {
  const warnings: string[] = [];
  const logger: Logger = { ...silentLogger, warn: (_, message) => warnings.push(message) };
  const env = { PATH: directory(), NOTIFY_SOCKET: "/run/n" };
  const notifier = new SystemdNotifier({ clock: new ManualClock(), logger, env });
  notifier.ready();
  notifier.stopping();
  await notifier.close();
  expect(warnings).toEqual([
    "systemd is not told how this server stands; without systemd-notify use Type=exec",
  ]);
});

const listener = `import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("bound", flush=True)
while True:
    print(s.recv(4096).decode().strip(), flush=True)
`;

describeProgram(
  "the real systemd-notify",
  { name: "systemd-notify", install: "tooling/debian/install.sh systemd" },
  () => {
    describeProgram(
      "with a socket of Python",
      { name: "python3", install: "tooling/debian/install.sh systemd" },
      (python) => {
        test("says READY=1 and STOPPING=1", async () => {
          const socket = join(directory(), "notify");
          const child = spawn(python, ["-c", listener, socket], { stdio: ["ignore", "pipe", "inherit"] });
          onTestFinished(() => void child.kill());
          let output = "";
          child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
          while (!output.includes("bound")) await once(child.stdout, "data");
          const notifier = new SystemdNotifier({
            clock: new ManualClock(),
            logger: silentLogger,
            env: { ...process.env, NOTIFY_SOCKET: socket },
          });
          notifier.ready();
          notifier.stopping();
          await notifier.close();
          await eventually(async () => (output.includes("STOPPING=1") ? true : undefined), {
            limitMs,
            describe: () => output,
          });
          expect(output).toContain("READY=1");
        });
      },
    );
  },
);

describeProgram(
  "the unit file",
  { name: "systemd-analyze", install: "tooling/debian/install.sh systemd" },
  (analyze) => {
    const unit = fileURLToPath(new URL("../../../../docs/operations/systemd/sewer.service", import.meta.url));

    test("is what systemd takes, without a word", async () => {
      const copy = join(directory(), "sewer.service");
      await copyFile(unit, copy);
      const text = await readFile(copy, "utf8");
      // systemd looks whether the program is there.
      await writeFile(copy, text.replace("/usr/local/bin/sewer", process.execPath));
      const { status, stdout, stderr } = spawnSync(analyze, ["verify", "--man=no", copy], {
        encoding: "utf8",
      });
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
    });

    test("leaves little to an attacker", () => {
      // Exposure times ten; a unit without any of these settings has 96.
      const args = ["security", "--offline=true", "--threshold=20", "--no-pager", unit];
      const { status, stdout } = spawnSync(analyze, args, { encoding: "utf8" });
      expect(status, stdout).toBe(0);
    });
  },
);
