import { describe, expect, test } from "vitest";
import { ageText, lineText, sizeText } from "../../src/cli/plain-text.ts";

describe("plain text", () => {
  test.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.0 KiB"],
    [1_572_864, "1.5 MiB"],
    [5 * 1024 ** 4, "5.0 TiB"],
    [5 * 1024 ** 5, "5120.0 TiB"],
  ])("%d bytes are %s", (bytes, text) => {
    expect(sizeText(bytes)).toBe(text);
  });

  test.each([
    [-5, "0s"],
    [999, "0s"],
    [3000, "3s"],
    [303_000, "5m 3s"],
    [300_000, "5m"],
    [7_500_000, "2h 5m"],
    [273_600_000, "3d 4h"],
    [86_400_000 + 60_000, "1d"],
  ])("%d ms are %s", (ms, text) => {
    expect(ageText(ms)).toBe(text);
  });

  test("others' text stays on its line and moves no cursor", () => {
    expect(lineText(" a\nb\r\n\u001b[2Jc\u2028d\u0085 ")).toBe("a b [2Jc d");
  });
});
