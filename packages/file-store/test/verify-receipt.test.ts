import { SewerError, silentLogger, type Receipt } from "@sewer/core";
import { ManualClock, seededRandom } from "@sewer/testkit";
import { describe, expect, test } from "vitest";
import { FilePublisher, formatOptions, type FormatOptions } from "../src/index.ts";
import { verifyReceipt } from "../src/verify-receipt.ts";
import { batchOf } from "./events.ts";
import { MemoryStore } from "./memory-store.ts";

const { signal } = new AbortController();

async function delivered(
  format: FormatOptions = {},
  path = "/out/data.seq",
): Promise<{ store: MemoryStore; receipt: Receipt; path: string }> {
  const store = new MemoryStore();
  const parts = { clock: new ManualClock(), random: seededRandom(1), logger: silentLogger };
  const publisher = new FilePublisher({ store, sink: "main", ...parts });
  const batch = batchOf({ plan: { path, format: formatOptions.parse(format) } });
  return { store, receipt: await publisher.deliver(batch, signal), path };
}

describe("verifyReceipt", () => {
  test.each<[FormatOptions, string]>([
    [{}, "/out/data.seq"],
    [{ compression: "none" }, "/out/data.seq"],
    [{ type: "json" }, "/out/data.jsonl"],
    [{ type: "json", compression: "gzip" }, "/out/data.jsonl.gz"],
  ])("a delivered file is the same: %j", async (format, path) => {
    const { store, receipt } = await delivered(format, path);
    expect(receipt.destination).toBe(`memory:${path}`);
    expect(await verifyReceipt(store, receipt, { signal })).toEqual({ kind: "same" });
    const other = { ...receipt, records: receipt.records + 1 };
    expect(await verifyReceipt(store, other, { signal })).toEqual({
      kind: "records",
      text: `memory:${path} has 10 records, not 11`,
    });
    expect(await verifyReceipt(store, other, { isQuick: true, signal })).toEqual({ kind: "same" });
  });

  test("quick reads nothing", async () => {
    const { store, receipt } = await delivered();
    store.steps.length = 0;
    await verifyReceipt(store, receipt, { isQuick: true, signal });
    expect(store.steps).toEqual(["difference"]);
  });

  test("a file that is gone, and one of another length", async () => {
    const { store, receipt, path } = await delivered();
    const bytes = store.files.get(path)!;
    store.files.set(path, bytes.subarray(1));
    expect(await verifyReceipt(store, receipt, { signal })).toEqual({
      kind: "length",
      text: `memory:${path} has ${bytes.length - 1} bytes, not ${bytes.length}`,
    });
    store.files.delete(path);
    expect(await verifyReceipt(store, receipt, { signal })).toMatchObject({ kind: "missing" });
  });

  test("damaged bytes of the right length are unreadable", async () => {
    const { store, receipt, path } = await delivered();
    const bytes = Buffer.from(store.files.get(path)!);
    bytes.fill(0, bytes.length / 2);
    store.files.set(path, bytes);
    expect(await verifyReceipt(store, receipt, { signal })).toMatchObject({ kind: "unreadable" });
  });

  test("a file whose reading fails is unreadable while its store answers, else the failure goes on", async () => {
    const { store, receipt } = await delivered();
    store.fail = (step) => {
      if (step === "read") throw new SewerError("TEST_FAULT", "no block");
    };
    expect(await verifyReceipt(store, receipt, { signal })).toEqual({
      kind: "unreadable",
      text: `${receipt.destination} cannot be read: no block`,
    });
    let isDown = false;
    store.fail = (step) => {
      if (isDown || step === "read") {
        isDown = true;
        throw new SewerError("TEST_DOWN", "nobody answers");
      }
    };
    await expect(verifyReceipt(store, receipt, { signal })).rejects.toMatchObject({ code: "TEST_DOWN" });
  });

  test("a comparison that fails for one file is a finding, any other failure goes on", async () => {
    const { store, receipt } = await delivered();
    let code = "TEST_AGAIN";
    store.fail = () => {
      throw new SewerError(code, "no replica");
    };
    expect(await verifyReceipt(store, receipt, { signal })).toMatchObject({ kind: "unreadable" });
    code = "TEST_DOWN";
    await expect(verifyReceipt(store, receipt, { signal })).rejects.toMatchObject({ code });
  });

  test("a batch without a readable record has no file, and none is looked for", async () => {
    const store = new MemoryStore();
    const receipt = { destination: "memory:/out/data.seq", records: 0, bytes: 0 };
    expect(await verifyReceipt(store, receipt, { signal })).toEqual({ kind: "same" });
    expect(store.steps).toEqual([]);
  });

  test("what is no place, and what is of an unknown format, is unreadable", async () => {
    const { store, receipt, path } = await delivered();
    expect(await verifyReceipt(store, { ...receipt, destination: "x" }, { signal })).toMatchObject({
      kind: "unreadable",
    });
    store.files.set("/out/data.bin", store.files.get(path)!);
    const destination = "memory://host:1/out/data.bin";
    expect(await verifyReceipt(store, { ...receipt, destination }, { signal })).toEqual({
      kind: "unreadable",
      text: `${destination} is of an unknown format: its name has none of the known endings`,
    });
  });
});
