import { describe, expect, test } from "vitest";
import { BegunSegments } from "../src/begun-segments.ts";

function begin(segments: BegunSegments, ...numbers: number[]): void {
  for (const number of numbers) segments.begin({ batchId: idOf(number), firstMs: number, meta: undefined });
}

function idOf(number: number): string {
  return `01JZZZZZZZ0123456789ABCDEF-${String(number).padStart(8, "0")}`;
}

function left(segments: BegunSegments): number[] {
  return segments.all.map(({ firstMs }) => firstMs);
}

describe("begun segments", () => {
  test("are those that are not sealed, in whatever order that happens", () => {
    const segments = new BegunSegments();
    begin(segments, 1, 2, 3);
    segments.sealed(idOf(3));
    expect(left(segments)).toEqual([1, 2]);
    segments.sealed(idOf(1));
    expect(left(segments)).toEqual([2]);
    segments.clear();
    expect(left(segments)).toEqual([]);
  });

  test("are forgotten when four later ones were sealed before them", () => {
    const segments = new BegunSegments();
    begin(segments, 1, 2, 3, 4, 5, 6);
    for (const number of [2, 3, 4]) segments.sealed(idOf(number));
    expect(left(segments)).toEqual([1, 5, 6]);
    segments.sealed(idOf(5));
    expect(left(segments)).toEqual([6]);
  });

  test("are at most 64", () => {
    const segments = new BegunSegments();
    begin(segments, ...Array.from({ length: 70 }, (_, index) => index));
    expect(left(segments)).toEqual(Array.from({ length: 64 }, (_, index) => index + 6));
  });
});
