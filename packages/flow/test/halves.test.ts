import { DeliveryHalf, IngestHalf } from "@sewer/flow";
import { decodeSegmentMeta } from "@sewer/core";
import { expect, test } from "vitest";
import { newBench } from "./bench.ts";

test("an ingest half works alone and leaves sealed batches", async () => {
  const bench = await newBench();
  const { options, source } = bench.run();
  const ingest = new IngestHalf(options);
  const sealed: string[] = [];
  ingest.onSeal((batchId) => sealed.push(batchId));
  await bench.settled(ingest.open());
  await ingest.start();
  expect(ingest.state).toBe("flowing");
  source.write("a", "b");
  await bench.settled(ingest.close({ graceMs: 0 }));
  expect(ingest.state).toBe("closed");
  expect((await bench.files("w")).map((name) => name.slice(name.lastIndexOf("/") + 1))).toEqual(
    sealed.map((batchId) => `${batchId}.seal`),
  );
  expect(bench.sink.attempts).toEqual([]);
});

test("a delivery half works alone, beside an ingest half that pokes it or does not", async () => {
  const bench = await newBench();
  const { options, source } = bench.run();
  const metas: unknown[] = [];
  bench.sink.fault = (batch) => {
    metas.push(decodeSegmentMeta(batch.meta));
    return undefined;
  };
  const ingest = new IngestHalf(options);
  await bench.settled(ingest.open());
  await ingest.start();
  const createdMs = bench.clock.now();
  source.write("a");
  const delivery = new DeliveryHalf(options);
  await bench.settled(delivery.open());
  delivery.start();
  await bench.until(() => delivery.status().sinks[0]?.delivered === 1, 5);
  const [id] = [...bench.sink.batches.keys()];
  expect(metas).toEqual([
    {
      v: 1,
      flow: "pixel",
      schema: source.schema,
      host: "host.example.org",
      createdMs: expect.toSatisfy((ms: number) => ms >= createdMs && ms < createdMs + 1000) as number,
      sinks: { main: { path: `/memory/${id}` } },
    },
  ]);
  source.write("b");
  await bench.settled(ingest.close({ graceMs: 0 }));
  await bench.settled(delivery.close({ deliverMs: 10_000 }));
  expect(delivery.state).toBe("closed");
});

test("a closing delivery half waits for the newest batch of each of several writers", async () => {
  const bench = await newBench();
  const early = bench.run();
  const late = bench.run();
  const delivery = new DeliveryHalf(early.options);
  const halves = [new IngestHalf(early.options), new IngestHalf(late.options)] as const;
  await bench.settled(delivery.open());
  delivery.start();
  for (const half of halves) {
    await bench.settled(half.open());
    await half.start();
  }
  early.source.write("a");
  late.source.write("b");
  // Told of before their files are found; the one that is told last is found first.
  for (const half of halves.toReversed()) delivery.poke(`${half.status().incarnation}-00000001`);
  const closing = delivery.close({ deliverMs: 60_000 });
  await bench.settled(halves[0].close({ graceMs: 0 }));
  await bench.until(() => bench.sink.batches.size === 1);
  await bench.settled(halves[1].close({ graceMs: 0 }));
  await bench.settled(closing);
  expect(bench.sink.batches.size).toBe(2);
});

test("an ingest half whose source cannot open lets go of its incarnation", async () => {
  const bench = await newBench();
  const { options, source } = bench.run();
  source.openFault = new Error("port in use");
  const ingest = new IngestHalf(options);
  await bench.settled(ingest.open());
  await expect(bench.settled(ingest.start())).rejects.toThrow("port in use");
  expect(ingest.status()).toMatchObject({ state: "error", incarnation: undefined });
  source.openFault = undefined;
  await ingest.close({ graceMs: 0 });
  await bench.settled(ingest.open());
  await ingest.start();
  await bench.settled(ingest.close({ graceMs: 0 }));
});
