import { describe, expect, it } from "vitest";
import { openDrain } from "../../src/index.ts";
import { batchesOf, drainOptions, pathsBelow, sealRecords, temporaryDirectory } from "../support/spool.ts";

const receipt = { destination: "/out/a", records: 1, bytes: 1 };

describe("a journal that its sink keeps", () => {
  it("outlives the batch until the sink ends it", async () => {
    const dir = temporaryDirectory();
    const id = await sealRecords(dir, ["x"]);
    const drain = await openDrain(drainOptions(dir));
    const batch = (await batchesOf(drain))[0]!;
    await batch.note(Buffer.from("tried"));
    await batch.endJournal();
    expect((await batch.notes()).map(String)).toEqual(["tried"]);
    await batch.acknowledge({ ...receipt, keepsJournal: true });
    expect(await pathsBelow(`${dir}/q`)).toEqual([`main/${id}.jnl`]);
    await batch.endJournal();
    expect(await pathsBelow(`${dir}/q`)).toEqual([]);
    await drain.close();
  });

  it("is given out after a restart, and no other one is", async () => {
    const dir = temporaryDirectory();
    const kept = await sealRecords(dir, ["x"]);
    await sealRecords(dir, ["y"]);
    await sealRecords(dir, ["z"]);
    let drain = await openDrain(drainOptions(dir));
    const batches = await batchesOf(drain);
    for (const batch of batches) await batch.note(Buffer.from(`of ${batch.id}`));
    await batches[0]!.acknowledge({ ...receipt, keepsJournal: true });
    await batches[1]!.acknowledge(receipt);
    await drain.close();
    drain = await openDrain(drainOptions(dir));
    await drain.started;
    const journals = await drain.keptJournals("main");
    expect(journals.map(({ id }) => id)).toEqual([kept]);
    expect((await journals[0]!.notes()).map(String)).toEqual([`of ${kept}`]);
    await journals[0]!.endJournal();
    expect(await drain.keptJournals("main")).toEqual([]);
    expect((await batchesOf(drain)).map(({ id }) => id)).toEqual([batches[2]!.id]);
    await drain.close();
  });

  it("is left alone by a drain that is closed", async () => {
    const dir = temporaryDirectory();
    const id = await sealRecords(dir, ["x"]);
    const drain = await openDrain(drainOptions(dir));
    const batch = (await batchesOf(drain))[0]!;
    await batch.note(Buffer.from("tried"));
    await batch.acknowledge({ ...receipt, keepsJournal: true });
    await drain.close();
    await batch.endJournal();
    expect(await pathsBelow(`${dir}/q`)).toEqual([`main/${id}.jnl`]);
  });
});
