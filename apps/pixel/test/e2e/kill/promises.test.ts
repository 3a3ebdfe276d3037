import { describe, expect, test } from "vitest";
import type { LoadResult } from "../load-client.ts";
import { brokenPromises, bufferedBytesMax, levels } from "./promises.ts";

/** A load over two connections, whose answers came in turn. */
function loadOf(first: readonly string[], second: readonly string[], unanswered: readonly string[] = []) {
  const acknowledged = first.flatMap((key, index) => [key, ...second.slice(index, index + 1)]);
  return { acknowledged, acknowledgedBy: [first, second], unanswered, refused: new Map() } as LoadResult;
}

const once = (...keys: string[]): Map<string, number> => new Map(keys.map((key) => [key, 1]));
const load = loadOf(["a1", "a2", "a3"], ["b1", "b2"], ["a4"]);

describe.each(levels)("level %s", (level) => {
  const losesNothing = level === "written" || level === "group";

  test("is kept when everything acknowledged is there, with or without what got no answer", () => {
    expect(brokenPromises(level, [load], once("a1", "a2", "a3", "b1", "b2"))).toEqual([]);
    expect(brokenPromises(level, [load], once("a1", "a2", "a3", "a4", "b1", "b2"))).toEqual([]);
  });

  test("is broken by an event that comes twice, or that nobody sent", () => {
    const twice = once("a1", "a2", "a3", "b1", "b2").set("a4", 2);
    expect(brokenPromises(level, [load], twice)).toEqual(["delivered 2 times: a4"]);
    const strange = once("a1", "a2", "a3", "b1", "b2", "c1");
    expect(brokenPromises(level, [load], strange)).toEqual(["delivered, but never sent: c1"]);
  });

  test(`${losesNothing ? "is broken" : "is kept"} when the newest of a connection are lost`, () => {
    const broken = brokenPromises(level, [load, loadOf(["c1"], [])], once("a1", "b1", "b2", "c1"));
    expect(broken).toEqual(losesNothing ? ["round 1: 2 of 5 acknowledged events lost, the first is a2"] : []);
  });

  test("is broken when an older one is lost than one that was kept", () => {
    expect(brokenPromises(level, [load], once("a1", "a3", "b1", "b2"))).toContain(
      "round 1: 1 of 5 acknowledged events lost, but a later one was kept: a2",
    );
  });

  test("is broken when more is lost than memory may hold", () => {
    const large = ["x", "y"].map((letter) => letter.repeat(bufferedBytesMax / 2 + 1));
    expect(brokenPromises(level, [loadOf(large, [])], once())).toHaveLength(1);
  });
});
