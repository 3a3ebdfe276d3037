import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { fillOnce, tryLock } from "../src/cache.ts";
import { testbedErrors } from "../src/errors.ts";
import { temporaryFolder } from "./temporary-folder.ts";

let folder: string;
const waitMsMax = 30_000;

beforeEach(() => {
  folder = join(temporaryFolder(), "jars");
});

test("of many who want it, one fills it and all wait for it", async () => {
  let fills = 0;
  const fill = async (empty: string): Promise<void> => {
    fills += 1;
    await writeFile(join(empty, "a.jar"), "");
  };
  await Promise.all(Array.from({ length: 4 }, () => fillOnce(folder, fill, waitMsMax)));
  expect(fills).toBe(1);
  expect(readdirSync(folder)).toEqual(["a.jar"]);
});

test("a failed attempt leaves nothing that looks complete, and the next one starts afresh", async () => {
  const failing = fillOnce(
    folder,
    async (empty) => {
      await writeFile(join(empty, "half.jar"), "");
      throw new Error("the network went away");
    },
    waitMsMax,
  );
  await expect(failing).rejects.toThrow("the network went away");
  await fillOnce(folder, (empty) => writeFile(join(empty, "whole.jar"), "1"), waitMsMax);
  expect(readdirSync(folder)).toEqual(["whole.jar"]);
});

test("what a killed process left unfinished is thrown away", async () => {
  mkdirSync(`${folder}.unfinished`);
  writeFileSync(join(`${folder}.unfinished`, "half.jar"), "");
  await fillOnce(folder, (empty) => writeFile(join(empty, "whole.jar"), "1"), waitMsMax);
  expect(readdirSync(folder)).toEqual(["whole.jar"]);
  expect(readFileSync(join(folder, "whole.jar"), "utf8")).toBe("1");
});

test("a lock is held until it is closed", () => {
  const first = tryLock(`${folder}.lock`);
  expect(first).toBeDefined();
  expect(tryLock(`${folder}.lock`)).toBeUndefined();
  first?.close();
  const second = tryLock(`${folder}.lock`);
  expect(second).toBeDefined();
  second?.close();
});

test("waiting for a lock ends, and the message says what for", async () => {
  const held = tryLock(`${folder}.lock`);
  await expect(fillOnce(folder, () => Promise.resolve(), 50)).rejects.toMatchObject({
    code: testbedErrors.prepare,
    message: expect.stringContaining(`holds ${folder}.lock and was not done after 50 ms`),
  });
  held?.close();
});
