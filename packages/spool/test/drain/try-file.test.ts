import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodeFileSystem } from "@sewer/core/node";
import { describe, expect, it } from "vitest";
import { TryFile, tryBytesMax } from "../../src/drain/try-file.ts";
import { openDrain } from "../../src/index.ts";
import { batchesOf, drainOptions, pathsBelow, sealRecords, temporaryDirectory } from "../support/spool.ts";

const batchId = "01ARZ3NDEKTSV4RRFFQ69G5FAV-00000001";
const path = `${batchId}.try`;

async function textOf(file: { read(): Promise<Uint8Array | undefined> }): Promise<string | undefined> {
  const content = await file.read();
  return content && Buffer.from(content).toString();
}

describe("what is kept of attempts", () => {
  it("is replaced whole, the newest stays", async () => {
    const dir = temporaryDirectory();
    const file = new TryFile(nodeFileSystem, dir, batchId);
    expect(await file.read()).toBeUndefined();
    await Promise.all(["a longer first one", "second", "third"].map((text) => file.write(Buffer.from(text))));
    expect(await textOf(new TryFile(nodeFileSystem, dir, batchId))).toBe("third");
    expect(readdirSync(dir)).toEqual([path]);
    await file.write(Buffer.alloc(tryBytesMax, 120));
    expect(await textOf(file)).toBe("x".repeat(tryBytesMax));
    await expect(file.write(Buffer.alloc(tryBytesMax + 1))).rejects.toThrow("over 8192");
  });

  it("counts as missing when any byte of it is wrong, or when it is another batch's or sink's", async () => {
    const dir = temporaryDirectory();
    const file = new TryFile(nodeFileSystem, dir, batchId);
    await file.write(Buffer.from("kept"));
    const bytes = readFileSync(join(dir, path));
    for (const offset of bytes.keys()) {
      const wrong = Buffer.from(bytes);
      wrong[offset]! ^= 1;
      writeFileSync(join(dir, path), wrong);
      expect([offset, await file.read()]).toEqual([offset, undefined]);
      writeFileSync(join(dir, path), bytes.subarray(0, offset));
      expect([offset, await file.read()]).toEqual([offset, undefined]);
    }
    const other = temporaryDirectory();
    writeFileSync(join(other, path), bytes);
    expect(await new TryFile(nodeFileSystem, other, batchId).read()).toBeUndefined();
  });

  it("comes back after a restart and goes with its batch", async () => {
    const dir = temporaryDirectory();
    const ids = [await sealRecords(dir, ["x"]), await sealRecords(dir, ["y"])];
    let drain = await openDrain(drainOptions(dir));
    for (const batch of await batchesOf(drain)) await batch.saveRetry(Buffer.from(`of ${batch.id}`));
    await drain.close();
    drain = await openDrain(drainOptions(dir));
    const batches = await batchesOf(drain);
    const kept = await Promise.all(batches.map((batch) => batch.loadRetry()));
    expect(kept.map((content) => Buffer.from(content!).toString())).toEqual(ids.map((id) => `of ${id}`));
    await batches[0]!.acknowledge({ destination: "/out/a", records: 1, bytes: 1 });
    await batches[1]!.quarantine("the test says so");
    expect(await pathsBelow(`${dir}/q`)).toEqual([]);
    await drain.close();
  });

  it("is put away at the next start when its batch is gone, or its writing was cut short", async () => {
    const dir = temporaryDirectory();
    const id = await sealRecords(dir, ["x"]);
    let drain = await openDrain(drainOptions(dir));
    await (await batchesOf(drain))[0]!.saveRetry(Buffer.from("kept"));
    await drain.close();
    for (const name of [`${id}.try.new`, `${batchId}.try`, `${batchId}.try.new`]) {
      writeFileSync(join(dir, "q/main", name), "left over");
    }
    drain = await openDrain(drainOptions(dir));
    await drain.started;
    expect(await pathsBelow(`${dir}/q`)).toEqual([`main/${id}.seal`, `main/${id}.try`]);
    await drain.close();
  });
});
