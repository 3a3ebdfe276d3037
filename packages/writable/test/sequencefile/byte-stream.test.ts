import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ByteStream } from "../../src/sequencefile/byte-stream.ts";

async function* sourceOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const chunk of chunks) {
    await Promise.resolve();
    yield chunk;
  }
}

test("any way of taking gives the bytes in order; chunks and views stay as they were", async () => {
  const chunk = fc.uint8Array({ maxLength: 30 });
  const counts = fc.array(fc.nat(70), { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(fc.array(chunk, { maxLength: 12 }), counts, async (chunks, wanted) => {
      const whole = Buffer.concat(chunks);
      const before = chunks.map((bytes) => Buffer.from(bytes));
      const stream = new ByteStream(sourceOf(chunks));
      const views: Buffer[] = [];
      for (let index = 0; ; index++) {
        const count = wanted[index % wanted.length] ?? 1;
        if (!(await stream.fill(count + 1))) break;
        expect(stream.position).toBe(Buffer.concat(views).length);
        views.push(stream.take(count + 1));
      }
      views.push(stream.take(stream.available));
      expect(Buffer.concat(views).equals(whole)).toBe(true);
      expect(chunks.map((bytes) => Buffer.from(bytes))).toEqual(before);
    }),
    { numRuns: 300 },
  );
});

test("more than is available cannot be taken", async () => {
  const stream = new ByteStream(Buffer.from("abc"));
  expect(await stream.fill(4)).toBe(false);
  expect(() => stream.take(4)).toThrow(RangeError);
  expect(stream.take(3).toString()).toBe("abc");
});
