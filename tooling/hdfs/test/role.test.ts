import { afterEach, expect, test } from "vitest";
import { testbedErrors } from "../src/errors.ts";
import { Role } from "../src/role.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const started: Role[] = [];

function role(script: string, startMsMax = 20_000, isReady = (): Promise<boolean> => Promise.resolve(false)) {
  const made = new Role({
    name: "namenode",
    httpUrl: "http://127.0.0.1:1",
    folder: temporaryFolder(),
    command: "/bin/sh",
    commandArguments: ["-c", script],
    env: {},
    isReady,
    onLaunch: () => {},
    startMsMax,
  });
  started.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((made) => made.kill()));
});

test("a process that ends before it is ready fails with its exit code and the end of its log", async () => {
  await expect(role("echo Address already in use >&2; exit 3").start()).rejects.toMatchObject({
    code: testbedErrors.role,
    message: expect.stringMatching(/^namenode ended \(exit code 3\)[^]*Address already in use/),
  });
});

test("a process that is not ready in time fails with the end of its log", async () => {
  await expect(role("echo waiting; exec sleep 60", 300).start()).rejects.toMatchObject({
    code: testbedErrors.role,
    message: expect.stringMatching(/^namenode was not ready after 300 ms[^]*waiting/),
  });
});

test("a command that is not there fails at once", async () => {
  const missing = new Role({
    name: "namenode",
    httpUrl: "http://127.0.0.1:1",
    folder: temporaryFolder(),
    command: "/nowhere/java",
    commandArguments: [],
    env: {},
    isReady: () => Promise.resolve(true),
    onLaunch: () => {},
    startMsMax: 1000,
  });
  await expect(missing.start()).rejects.toThrow(/ENOENT/);
  expect(missing.state).toBe("stopped");
});

test("its operations answer to its state", async () => {
  const sleeper = role("exec sleep 60", 20_000, () => Promise.resolve(true));
  await expect(sleeper.pause()).rejects.toMatchObject({ code: testbedErrors.state });
  await sleeper.kill();
  await sleeper.start();
  await sleeper.pause();
  expect(sleeper.state).toBe("paused");
  sleeper.resume();
  expect(sleeper.state).toBe("running");
  await sleeper.stop();
  expect(sleeper.state).toBe("stopped");
});
