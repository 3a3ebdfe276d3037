import assert from "node:assert/strict";
import { inspect } from "node:util";
import { isSewerError, type Sink } from "@sewer/core";
import { unreadableAfter, withFrames, type SinkSubject } from "./sink-subject.ts";

/** A rule of docs/specs/component.md, as a test of one sink on an empty destination. */
export interface SinkRule {
  /** Begins with the numbers of the rules. */
  readonly title: string;
  readonly check: (subject: SinkSubject) => Promise<void>;
}

/** Calls that are made to fail one after the other, at most: no sink makes as many for one batch. */
const callsMax = 500;
const never = new AbortController().signal;

/** What every sink does, whatever its destination. */
export const sinkRules: readonly SinkRule[] = [
  {
    title: "SNK-1: a settled delivery is visible, whole and in order",
    async check(subject) {
      const sink = await opened(subject);
      const receipt = await sink.deliver(subject.batch(1), never);
      assert.equal(receipt.records, 250);
      await assertVisible(subject, 1);
    },
  },
  {
    title: "SNK-3: a batch that is delivered again, by the same sink and by a new one, is there once",
    async check(subject) {
      const batch = subject.batch(1);
      const sink = await opened(subject);
      const first = await sink.deliver(batch, never);
      const second = await sink.deliver(batch, never);
      const other = await opened(subject);
      const third = await other.deliver(subject.batch(1, { origin: "recovered" }), never);
      assert.deepEqual([second.records, third.records], [first.records, first.records]);
      assert.deepEqual([second.destination, third.destination], [first.destination, first.destination]);
      await assertVisible(subject, 1);
    },
  },
  {
    title: "SNK-3: batches that are delivered side by side are each there once",
    async check(subject) {
      const sink = await opened(subject);
      const batches = [1, 2, 3, 4].map((seq) => subject.batch(seq));
      await Promise.all(batches.map((batch) => sink.deliver(batch, never)));
      await assertVisible(subject, 4);
    },
  },
  {
    title: "SNK-5: another number of records than the spool has publishes nothing",
    async check(subject) {
      const sink = await opened(subject);
      await assertRejects(sink.deliver(subject.batch(1, { readableCount: 249 }), never));
      await assertVisible(subject, 0);
    },
  },
  {
    title: "SNK-2: a batch that cannot be read to its end publishes nothing; the next delivery does",
    async check(subject) {
      const sink = await opened(subject);
      const batch = subject.batch(1);
      const error = await assertRejects(sink.deliver(unreadableAfter(batch, 1), never));
      assert.equal(error.code, "SEWER_SPOOL_UNREADABLE", "the spool's error comes through as it is");
      await assertVisible(subject, 0);
      await sink.deliver(batch, never);
      await assertVisible(subject, 1);
    },
  },
  {
    title: "SNK-6: an aborted delivery rejects and shows nothing that is not whole",
    async check(subject) {
      const sink = await opened(subject);
      const batch = subject.batch(1);
      await assertRejects(sink.deliver(batch, AbortSignal.abort()));
      await assertVisible(subject, 0);
      const abort = new AbortController();
      const cut = withFrames(batch, (seen) => {
        if (seen === 1) abort.abort();
      });
      const error = await assertRejects(sink.deliver(cut, abort.signal));
      assert.equal(error.scope, "sink", "an abort is never the batch's fault");
      await assertVisible(subject, 0);
      await sink.deliver(batch, never);
      await assertVisible(subject, 1);
    },
  },
  {
    title: "SNK-10: plan answers before open, and the same for the same segment",
    async check(subject) {
      const first = subject.batch(1);
      const second = subject.batch(1);
      assert.deepEqual(String(first.meta), String(second.meta));
      await assertVisible(subject, 0);
    },
  },
  {
    title: "SNK-11: nothing temporary is left of deliveries that succeeded and failed",
    async check(subject) {
      const sink = await opened(subject);
      await sink.deliver(subject.batch(1), never);
      await assertRejects(sink.deliver(unreadableAfter(subject.batch(2), 1), never));
      assert.deepEqual(await subject.sink.leftOvers(), []);
    },
  },
  {
    title: "CMP-4, SNK-12: open and close can be repeated, and close comes without an open, too",
    async check(subject) {
      const sink = subject.sink.create();
      await sink.close(never);
      await sink.open(never);
      await sink.open(never);
      await sink.deliver(subject.batch(1), never);
      await sink.close(never);
      await sink.close(never);
      await assertVisible(subject, 1);
    },
  },
  {
    title: "a batch without a readable record is delivered",
    async check(subject) {
      const sink = await opened(subject);
      const receipt = await sink.deliver(subject.batch(1, { count: 0 }), never);
      assert.equal(receipt.records, 0);
    },
  },
  {
    title:
      "SNK-2, SNK-7, SNK-8, SNK-9: whatever call fails, none or all is visible, and the next delivery ends it",
    async check(subject) {
      const { failCall } = subject.sink;
      for (let call = 1; call <= callsMax; call += 1) {
        const batch = subject.batch(call);
        const sink = await opened(subject);
        const isReached = failCall(call);
        const error = await sink.deliver(batch, never).then(
          () => undefined,
          (cause: unknown) => cause,
        );
        const wasReached = isReached();
        failCall(Infinity);
        if (error !== undefined) {
          assert(isSewerError(error), `call ${call}: ${inspect(error)} is no SewerError`);
          assert.equal(error.scope, "sink", `call ${call}: ${error.message}`);
          await assertNoneOrAll(subject, call);
        }
        await (await redelivering(subject, sink)).deliver(batch, never);
        await assertVisible(subject, call);
        if (!wasReached) return;
      }
      assert.fail(`a delivery makes more than ${callsMax} calls`);
    },
  },
];

async function opened(subject: SinkSubject): Promise<Sink> {
  const sink = subject.sink.create();
  await sink.open(never);
  return sink;
}

/** Another process goes on. */
async function redelivering(subject: SinkSubject, sink: Sink): Promise<Sink> {
  await sink.close(never);
  return opened(subject);
}

async function assertVisible(subject: SinkSubject, batches: number): Promise<void> {
  const expected = Array.from({ length: batches }, () => subject.textsOf());
  assert.deepEqual(await subject.sink.visible(), expected);
}

async function assertNoneOrAll(subject: SinkSubject, batches: number): Promise<void> {
  const visible = await subject.sink.visible();
  assert(visible.length === batches || visible.length === batches - 1, `${visible.length} are visible`);
  for (const texts of visible) assert.deepEqual(texts, subject.textsOf());
}

async function assertRejects(
  delivery: ReturnType<Sink["deliver"]>,
): Promise<{ code: string; scope: string }> {
  const error = await delivery.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  assert(error !== undefined, "the delivery has succeeded");
  assert(isSewerError(error), `${inspect(error)} is no SewerError`);
  return error;
}
