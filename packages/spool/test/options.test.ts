import { describe, expect, it } from "vitest";
import { spoolOptions } from "../src/index.ts";

describe("spoolOptions", () => {
  it("fills in the defaults of docs/config.md", () => {
    expect(spoolOptions.parse({})).toEqual({
      durability: "interval",
      fsyncInterval: 1000,
      roll: { every: 30_000, size: 512 * 1024 ** 2, align: false },
      maxBytes: 50 * 1024 ** 3,
      onFull: "refuse",
      receipts: { keep: 30 * 86_400_000 },
    });
  });

  it("reads durations and sizes", () => {
    const options = {
      dir: "d",
      fsyncInterval: "250ms",
      roll: { every: "10m", size: "64KiB" },
      maxBytes: 1000,
    };
    expect(spoolOptions.parse(options)).toMatchObject({
      dir: "d",
      fsyncInterval: 250,
      roll: { every: 600_000, size: 65_536, align: false },
      maxBytes: 1000,
    });
  });

  it.each([
    [{ durability: "never" }, "durability"],
    [{ rolls: {} }, ""],
    [{ roll: { every: "-5s" } }, "roll.every"],
    [{ roll: { every: 0 } }, "roll.every"],
    [{ roll: { size: "1 parsec" } }, "roll.size"],
    [{ fsyncInterval: "0s" }, "fsyncInterval"],
    [{ dir: "" }, "dir"],
    [{ receipts: { keep: "long" } }, "receipts.keep"],
  ])("refuses %j with one issue at %s", (options, path) => {
    const issues = spoolOptions.safeParse(options).error?.issues ?? [];
    expect(issues.map((issue) => issue.path.join("."))).toEqual([path]);
  });
});
