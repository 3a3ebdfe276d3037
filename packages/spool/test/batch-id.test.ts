import { ManualClock, seededRandom } from "@sewer/testkit";
import { describe, expect, it } from "vitest";
import {
  batchIdOf,
  bytesOfIncarnation,
  incarnationOfBytes,
  isIncarnation,
  newIncarnation,
  parseBatchId,
} from "../src/batch-id.ts";

describe("batch ids", () => {
  it("are a ULID and a sequence", () => {
    const incarnation = newIncarnation(new ManualClock(1_469_918_176_385), seededRandom(1));
    // The example time of the ULID specification.
    expect(incarnation.slice(0, 10)).toBe("01ARYZ6S41");
    expect(isIncarnation(incarnation)).toBe(true);
    const id = batchIdOf(incarnation, 7);
    expect(id).toBe(`${incarnation}-00000007`);
    expect(parseBatchId(id)).toEqual({ incarnation, sequence: 7 });
    expect(incarnationOfBytes(bytesOfIncarnation(incarnation))).toBe(incarnation);
  });

  it("have one spelling", () => {
    const incarnation = "7ZZZZZZZZZZZZZZZZZZZZZZZZZ";
    expect(incarnationOfBytes(bytesOfIncarnation(incarnation))).toBe(incarnation);
    for (const text of [
      `${incarnation}-7`,
      `${incarnation}-000000007`,
      `${incarnation}-9999999999`,
      `8${incarnation.slice(1)}-00000001`,
      `${incarnation.toLowerCase()}-00000001`,
      `${incarnation}-00000001.seal`,
      "../../etc/passwd",
      "",
    ]) {
      expect(parseBatchId(text)).toBeUndefined();
    }
    expect(parseBatchId(batchIdOf(incarnation, 123_456_789))?.sequence).toBe(123_456_789);
  });
});
