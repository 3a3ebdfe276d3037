import { ManualClock } from "@sewer/testkit";
import { expect, test } from "vitest";
import { DataNodeExclusions } from "../src/webhdfs/exclusions.ts";

const none = () => Promise.resolve([]);

test("of more than 32 the oldest are forgotten; one that fails again is the newest", async () => {
  const exclusions = new DataNodeExclusions(new ManualClock());
  for (let i = 1; i <= 32; i++) exclusions.add(new URL(`http://10.0.0.${i}:9864`));
  exclusions.add(new URL("http://10.0.0.1:9864"));
  exclusions.add(new URL("http://10.0.0.33:9864"));
  const entries = (await exclusions.parameter(none)).split(",");
  expect(entries).toHaveLength(32);
  expect(entries).toContain("10.0.0.1");
  expect(entries).not.toContain("10.0.0.2");
});

test("a name is excluded by the transfer port of its node, and is known by its HTTPS port, too", async () => {
  const exclusions = new DataNodeExclusions(new ManualClock());
  exclusions.add(new URL("https://dn7.invalid:9865"));
  const node = { host: "dn7.invalid", infoAddr: "10.0.0.7:9864", infoSecureAddr: "10.0.0.7:9865" };
  expect(await exclusions.parameter(() => Promise.resolve([{ ...node, xferAddr: "10.0.0.7:9866" }]))).toBe(
    "10.0.0.7:9866",
  );
});

test("a name that nobody knows is not excluded", async () => {
  const exclusions = new DataNodeExclusions(new ManualClock());
  exclusions.add(new URL("http://nowhere.invalid:9864"));
  expect(await exclusions.parameter(none)).toBe("");
  expect(exclusions.hasAny).toBe(true);
});
