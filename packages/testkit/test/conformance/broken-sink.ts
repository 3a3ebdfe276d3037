import { recordsOf, SewerError, type Batch, type JsonObject, type Receipt, type Sink } from "@sewer/core";
import type { SinkUnderTest } from "../../src/vitest.ts";

/** What a sink can do wrong, with the rule that notices it. */
export const flaws = {
  "shows a part": "SNK-2: a batch that cannot be read",
  "settles before it is visible": "SNK-1: a settled delivery",
  "turns the order round": "SNK-1: a settled delivery",
  "adds every time": "SNK-3: a batch that is delivered again",
  "keeps the last batch only": "SNK-3: batches that are delivered side by side",
  "does not count": "SNK-5",
  "does not listen to the signal": "SNK-6",
  "plans by chance": "SNK-10",
  "leaves temporary files": "SNK-11",
  "closes only what is open": "CMP-4",
  "chokes on an empty batch": "a batch without a readable record",
  "swallows faults": "SNK-2, SNK-7",
  "blames the batch": "SNK-2, SNK-7",
} as const;

/** One of {@link flaws}. */
export type Flaw = keyof typeof flaws;

/** A destination in memory, with a sink that keeps all rules but one. */
export function memorySink(flaw?: Flaw): SinkUnderTest {
  const visible = new Map<string, string[]>();
  const temporary = new Set<string>();
  let left = Infinity;
  let isReached = false;
  let chance = 0;

  function call(): void {
    if (--left !== 0) return;
    isReached = true;
    const scope = flaw === "blames the batch" ? "batch" : "sink";
    throw new SewerError("TEST_DOWN", "the far side failed", { scope });
  }

  async function deliver(batch: Batch, signal: AbortSignal): Promise<Receipt> {
    if (flaw !== "does not listen to the signal") signal.throwIfAborted();
    temporary.add(batch.id);
    const texts: string[] = [];
    const never = new AbortController().signal;
    for await (const { payload } of batch.frames(never)) {
      for (const record of recordsOf(payload)) texts.push(record.toString("hex"));
      if (flaw === "shows a part") visible.set(batch.id, [...texts]);
      if (flaw !== "does not listen to the signal") signal.throwIfAborted();
      try {
        call();
      } catch (error) {
        if (flaw !== "swallows faults") throw error;
        texts.pop();
      }
    }
    if (flaw !== "does not count" && batch.readableCount !== texts.length)
      throw new SewerError("TEST_COUNT", "another number of records", { scope: "batch" });
    if (flaw === "chokes on an empty batch" && texts.length === 0) throw new Error("empty");
    if (flaw === "turns the order round") texts.reverse();
    if (flaw === "keeps the last batch only") visible.clear();
    const key = flaw === "adds every time" ? `${batch.id} ${visible.size}` : batch.id;
    if (flaw === "settles before it is visible") setImmediate(() => visible.set(key, texts));
    else visible.set(key, texts);
    call();
    if (flaw !== "leaves temporary files") temporary.delete(batch.id);
    return { destination: `memory:${batch.id}`, records: texts.length, bytes: 0 };
  }

  function create(): Sink {
    let isOpen = false;
    return {
      capabilities: { atomicPublish: true, idempotentRedelivery: true },
      plan: (): JsonObject => ({ path: flaw === "plans by chance" ? ++chance : 0 }),
      open: async () => {
        isOpen = true;
      },
      deliver: async (batch, signal) => {
        try {
          return await deliver(batch, signal);
        } catch (error) {
          if (flaw !== "leaves temporary files") temporary.delete(batch.id);
          throw error instanceof SewerError ? error : new SewerError("TEST_ABORTED", String(error));
        }
      },
      close: async () => {
        if (flaw === "closes only what is open" && !isOpen) throw new Error("it is not open");
      },
    };
  }

  return {
    create,
    visible: async () => [...visible.keys()].sort().map((id) => visible.get(id) ?? []),
    leftOvers: async () => [...temporary],
    failCall: (at) => {
      left = at;
      isReached = false;
      return () => isReached;
    },
    close: async () => {},
  };
}
