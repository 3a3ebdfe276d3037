import { expect, test } from "vitest";
import { retryOptions } from "@sewer/retry";

test("the defaults are those of the flow config", () => {
  expect(retryOptions.parse({})).toEqual({
    base: 5000,
    cap: 600_000,
    maxAttempts: 10,
    parallel: 4,
    parallelBytes: 2 * 1024 ** 3,
    deliverTimeout: 1_800_000,
  });
});

test("durations are read as text or as milliseconds", () => {
  const options = retryOptions.parse({ base: "250ms", cap: 1000, maxAttempts: 1, parallel: 64 });
  expect(options).toMatchObject({ base: 250, cap: 1000, maxAttempts: 1, parallel: 64 });
});

test("sizes are read as text or as bytes", () => {
  const options = retryOptions.parse({ parallelBytes: "64MiB", backlogRate: 1000 });
  expect(options).toMatchObject({ parallelBytes: 64 * 1024 ** 2, backlogRate: 1000 });
});

test.each([
  [{ base: "-5s" }, "base", "expected a duration"],
  [{ base: "soon" }, "base", "expected a duration"],
  [{ base: 0 }, "base", "at least 1ms"],
  [{ base: "5s", cap: "1s" }, "cap", "at least base"],
  [{ maxAttempts: 0 }, "maxAttempts", ">=1"],
  [{ maxAttempts: 2.5 }, "maxAttempts", "int"],
  [{ parallel: 0 }, "parallel", ">=1"],
  [{ parallel: 65 }, "parallel", "<=64"],
  [{ parallelBytes: 0 }, "parallelBytes", "at least 1 byte"],
  [{ backlogRate: "fast" }, "backlogRate", "expected a size"],
  [{ deliverTimeout: "25d" }, "deliverTimeout", "at most 24d"],
  [{ deliverTimeout: 0 }, "deliverTimeout", "at least 1ms"],
])("%j is refused, once, at its key", (input, key, message) => {
  const { error } = retryOptions.safeParse(input);
  expect(error?.issues.map((issue) => issue.path)).toEqual([[key]]);
  expect(error?.issues[0]?.message).toContain(message);
});

test("an unknown key is refused", () => {
  expect(retryOptions.safeParse({ attempts: 3 }).error?.issues[0]?.code).toBe("unrecognized_keys");
});
