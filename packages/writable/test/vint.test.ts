import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  readVInt,
  readVLong,
  vlongLength,
  vlongLengthOf,
  writableErrors,
  writeVInt,
  writeVLong,
  writeVLongBigInt,
} from "../src/index.ts";
import { codeOf, fixtureLines } from "./fixtures.ts";

const table: [bigint, string][] = [
  [0n, "00"],
  [-1n, "ff"],
  [127n, "7f"],
  [-112n, "90"],
  [128n, "8f80"],
  [-113n, "8770"],
  [255n, "8fff"],
  [-128n, "877f"],
  [-256n, "87ff"],
  [256n, "8e0100"],
  [-257n, "860100"],
  [65535n, "8effff"],
  [65536n, "8d010000"],
  [-65536n, "86ffff"],
  [-65537n, "85010000"],
  [2n ** 31n - 1n, "8c7fffffff"],
  [-(2n ** 31n), "847fffffff"],
  [2n ** 32n - 1n, "8cffffffff"],
  [2n ** 32n, "8b0100000000"],
  [-(2n ** 32n), "84ffffffff"],
  [-(2n ** 32n) - 1n, "830100000000"],
  [2n ** 53n - 1n, "891fffffffffffff"],
  [2n ** 53n, "8920000000000000"],
  [2n ** 53n + 1n, "8920000000000001"],
  [-(2n ** 53n) + 1n, "811ffffffffffffe"],
  [-(2n ** 53n), "811fffffffffffff"],
  [-(2n ** 56n), "81ffffffffffffff"],
  [-(2n ** 56n) - 1n, "800100000000000000"],
  [2n ** 63n - 1n, "887fffffffffffffff"],
  [-(2n ** 63n), "807fffffffffffffff"],
];

const vectors = fixtureLines<{ class: string; value: string; hex: string }>("hadoop/writables.jsonl")
  .filter((line) => /\.V(Int|Long)Writable$/.test(line.class))
  .map((line): [bigint, string] => [BigInt(line.value), line.hex]);

function isSafe(value: bigint): boolean {
  return Number.isSafeInteger(Number(value));
}

function written(write: (target: Buffer) => number): string {
  const target = Buffer.alloc(16, 0xaa);
  const end = write(target);
  expect(target.subarray(end).every((byte) => byte === 0xaa)).toBe(true);
  return target.toString("hex", 3, end);
}

function writtenSafe(value: bigint): string {
  return isSafe(value) ? written((target) => writeVLong(target, 3, Number(value))) : "no safe integer";
}

/** The rules once more, as plainly as can be. */
function plainVLong(value: bigint): string {
  if (value >= -112n && value <= 127n) return (value & 0xffn).toString(16).padStart(2, "0");
  const digits = (value < 0n ? -1n - value : value).toString(16);
  const bytes = digits.padStart(digits.length + (digits.length % 2), "0");
  const tag = (value < 0n ? -120 : -112) - bytes.length / 2;
  return (tag + 256).toString(16) + bytes;
}

describe("VLong", () => {
  test("the vectors are there", () => expect(vectors.length).toBeGreaterThan(20));

  test.each([...table, ...vectors])("%s is %s", (value, hex) => {
    const bytes = Buffer.from(hex, "hex");
    expect(written((target) => writeVLongBigInt(target, 3, value))).toBe(hex);
    expect(vlongLengthOf(bytes[0] ?? 0)).toBe(bytes.length);
    expect(readVLong(bytes, 0)).toBe(isSafe(value) ? Number(value) : value);
    if (!isSafe(value)) return;
    expect(written((target) => writeVLong(target, 3, Number(value)))).toBe(hex);
    expect(vlongLength(Number(value))).toBe(bytes.length);
    if (BigInt.asIntN(32, value) !== value) return;
    expect(written((target) => writeVInt(target, 3, Number(value)))).toBe(hex);
    expect(readVInt(bytes, 0)).toBe(Number(value));
  });

  test("every int64 goes to the plain form and back", () => {
    const anyWidth = fc
      .tuple(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.nat(63))
      .map(([value, shift]) => value >> BigInt(shift));
    fc.assert(
      fc.property(anyWidth, (value) => {
        const hex = plainVLong(value);
        expect(written((target) => writeVLongBigInt(target, 3, value))).toBe(hex);
        expect(BigInt(readVLong(Buffer.from(hex, "hex"), 0))).toBe(value);
        const expected = isSafe(value) ? hex : "no safe integer";
        expect(writtenSafe(value)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  test("forms longer than necessary are read", () => {
    expect(readVLong(Buffer.from("8f05", "hex"), 0)).toBe(5);
    expect(readVLong(Buffer.from("8e0005", "hex"), 0)).toBe(5);
    expect(readVLong(Buffer.from("880000000000000005", "hex"), 0)).toBe(5);
    expect(readVLong(Buffer.from("800000000000000005", "hex"), 0)).toBe(-6);
  });

  test("overflow is Java's", () => {
    expect(readVLong(Buffer.from("88ffffffffffffffff", "hex"), 0)).toBe(-1);
    expect(readVLong(Buffer.from("888000000000000000", "hex"), 0)).toBe(-(2n ** 63n));
    expect(readVLong(Buffer.from("80ffffffffffffffff", "hex"), 0)).toBe(0);
  });

  test("every cut is a typed error", () => {
    for (const [, hex] of table) {
      const bytes = Buffer.from(hex, "hex");
      for (let cut = 0; cut < bytes.length; cut++) {
        expect(codeOf(() => readVLong(bytes.subarray(0, cut), 0))).toBe(writableErrors.truncated);
      }
    }
  });

  test("an argument that is none is refused", () => {
    const target = Buffer.alloc(9);
    for (const value of [0.5, NaN, Infinity, 2 ** 53, -(2 ** 53)]) {
      expect(() => writeVLong(target, 0, value)).toThrow(RangeError);
    }
    for (const value of [2 ** 31, -(2 ** 31) - 1, 0.5]) {
      expect(() => writeVInt(target, 0, value)).toThrow(RangeError);
    }
    expect(() => writeVLongBigInt(target, 0, 2n ** 63n)).toThrow(RangeError);
    expect(() => writeVLongBigInt(target, 0, -(2n ** 63n) - 1n)).toThrow(RangeError);
  });

  test("no byte is written past the buffer's end, and none before it", () => {
    for (const value of [1, 128, -1e6, 2 ** 40]) {
      const target = Buffer.alloc(vlongLength(value) + 2);
      expect(writeVLong(target, 2, value)).toBe(target.length);
      target.fill(0xaa);
      expect(() => writeVLong(target, 3, value)).toThrow(RangeError);
      expect(() => writeVLong(target, -1, value)).toThrow(RangeError);
      expect(target.every((byte) => byte === 0xaa)).toBe(true);
    }
  });
});

describe("VInt", () => {
  test.each(["8cffffffff", "8c80000000", "8480000000", "8920000000000001"])("%s is no int32", (hex) => {
    expect(codeOf(() => readVInt(Buffer.from(hex, "hex"), 0))).toBe(writableErrors.vintRange);
  });
});
