import { isSewerError } from "@sewer/core";
import { describe, expect, test } from "vitest";
import { isConfigUrl, parseConfigUrl, shownUrl } from "../../src/config/config-url.ts";
import { pixelErrors } from "../../src/errors.ts";

test.each([
  ["https://h/sewer.yaml", true],
  ["HTTP://h", true],
  ["sewer.yaml", false],
  ["/etc/https://x", false],
  ["https:sewer.yaml", false],
  ["ftp://h/sewer.yaml", false],
])("%s is a URL: %s", (name, expected) => {
  expect(isConfigUrl(name)).toBe(expected);
});

describe("plain HTTP", () => {
  test.each(["http://localhost:1/x", "http://127.0.0.1/x", "http://127.8.9.1/x", "http://[::1]:80/x"])(
    "%s stays on this machine",
    (name) => {
      expect(parseConfigUrl(name).protocol).toBe("http:");
    },
  );

  test.each([
    "http://config.example/x",
    "http://10.0.0.1/x",
    "http://localhost.example/x",
    "http://127.0.0.1.example/x",
    "http://[::2]/x",
  ])("%s is not asked: anybody on the way could change it", (name) => {
    expect(() => parseConfigUrl(name)).toThrow(/over plain HTTP; use https/);
  });
});

describe("secrets of a URL are in no message", () => {
  test.each(["https://us3r:s3cret@h/a", "https://h/a?token=s3cret", "https://s3cret@h/a#s3cret"])(
    "%s",
    (name) => {
      expect(shownUrl(parseConfigUrl(name))).toMatch(/^https:\/\/h\/a(?:\?\.\.\.)?$/);
    },
  );

  test.each(["http://us3r:s3cret@h/a?s3cret", "https://s3cret:s3cret@h:port/", "https://"])(
    "nor of one that is refused: %s",
    (name) => {
      let thrown: unknown;
      try {
        parseConfigUrl(name);
      } catch (error) {
        thrown = error;
      }
      if (!isSewerError(thrown)) throw new Error("it was not refused", { cause: thrown });
      expect(thrown).toMatchObject({ code: pixelErrors.configUnreadable, retry: "permanent" });
      expect(`${thrown.message}${thrown.stack}`).not.toContain("s3cret");
    },
  );
});
