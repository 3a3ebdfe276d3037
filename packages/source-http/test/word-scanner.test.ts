import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTargetByte, isValueByte } from "../src/byte-classes.ts";
import { WordScanner } from "../src/word-scanner.ts";

/** One way to skip, and the same byte by byte. */
interface Skip {
  readonly name: "skipValue" | "skipTarget";
  readonly members: Uint8Array;
}

const skips: readonly Skip[] = [
  { name: "skipValue", members: isValueByte },
  { name: "skipTarget", members: isTargetByte },
];

/** Bytes at the edges of the classes, and those that carry or borrow most. */
const edges = [0x00, 0x09, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x24, 0x7e, 0x7f, 0x80, 0x81, 0xa3, 0xfe, 0xff];

function skipByBytes(members: Uint8Array, buffer: Uint8Array, from: number, stop: number): number {
  let position = from;
  while (position < stop && members[buffer[position]!] === 1) position += 1;
  return position;
}

describe.each(skips)("$name", ({ name, members }) => {
  it("finds every byte at every place of a word, whatever is around it", () => {
    const scanner = new WordScanner();
    const buffer = Buffer.allocUnsafeSlow(12);
    for (const around of edges.filter((byte) => members[byte] === 1)) {
      for (let byte = 0; byte < 256; byte += 1) {
        for (let place = 1; place < buffer.length; place += 1) {
          buffer.fill(around);
          buffer[place] = byte;
          const expected = members[byte] === 1 ? buffer.length : place;
          expect(scanner[name](buffer, 0, buffer.length), `${byte} at ${place} in ${around}`).toBe(expected);
        }
      }
    }
  });

  it("does as byte by byte: wherever a buffer begins in its memory, from anywhere to anywhere in it", () => {
    const scanner = new WordScanner();
    const byte = fc.oneof(fc.constant(0x61), fc.constantFrom(...edges), fc.integer({ min: 0, max: 255 }));
    const bytes = fc.array(byte, { minLength: 1, maxLength: 40, size: "max" });
    fc.assert(
      fc.property(bytes, fc.nat(8), fc.nat(40), fc.nat(40), (content, offset, one, other) => {
        const memory = Uint8Array.from([...Array.from({ length: offset }, () => 0x62), ...content]);
        const buffer = memory.subarray(offset);
        const [from, stop] = [
          Math.min(one, other, buffer.length),
          Math.min(Math.max(one, other), buffer.length),
        ];
        expect(scanner[name](buffer, from, stop)).toBe(skipByBytes(members, buffer, from, stop));
      }),
      { numRuns: 5000 },
    );
  });
});
