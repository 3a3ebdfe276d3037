import { describe, expect, test } from "vitest";
import { isSewerError, SewerError, toSewerError } from "@sewer/core";

describe("SewerError", () => {
  test("what nobody classified is temporary and the sink's", () => {
    expect(new SewerError("SEWER_X", "x")).toMatchObject({ retry: "temporary", scope: "sink", context: {} });
  });

  test("keeps the cause, also when it is undefined", () => {
    const cause = new Error("below");
    expect(new SewerError("SEWER_X", "x", { cause }).cause).toBe(cause);
    expect("cause" in new SewerError("SEWER_X", "x")).toBe(false);
  });

  test("is known across two copies of the package", () => {
    const foreign = Object.assign(new Error("x"), { [Symbol.for("@sewer/core/SewerError")]: true });
    expect(isSewerError(foreign)).toBe(true);
    expect(isSewerError(new Error("x"))).toBe(false);
    expect(isSewerError(null)).toBe(false);
    expect(isSewerError("SEWER_X")).toBe(false);
  });

  test("toSewerError gives a SewerError back and wraps everything else as the sink's fault", () => {
    const own = new SewerError("SEWER_X", "x", { scope: "batch", retry: "permanent" });
    expect(toSewerError(own, "SEWER_UNKNOWN")).toBe(own);
    const cause = new TypeError("boom");
    expect(toSewerError(cause, "SEWER_UNKNOWN")).toMatchObject({
      code: "SEWER_UNKNOWN",
      message: "boom",
      scope: "sink",
      retry: "temporary",
      cause,
    });
    expect(toSewerError("text", "SEWER_UNKNOWN").message).toBe("text");
  });
});
