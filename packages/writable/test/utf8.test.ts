import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { decodeJavaUtf8, toJavaWellFormed } from "../src/index.ts";
import { anyText } from "./fixtures.ts";

// Sequences of these bytes, and the digests of what Java makes of them: fixtures/java/JavaUtf8.java.
const bytes = Buffer.from("00417f808f909fa0bfc0c1c2dfe0e1ecedeeeff0f1f3f4f5ff", "hex");
const digests: [number, string][] = [
  [1, "e244c0c3797840a8b8549fa606c676e487c96586703e49f86de466b3da57ea84"],
  [2, "2527fd22a3ae3caa29bf36a49ad33cd4b8e7daffda5da7bc5ef33a0a547472ca"],
  [3, "83dd0129a62e2e016f45c29b73b980262f87f6cd1037bc3cb3a463c5f4985278"],
  [4, "5907855cad384fe8dce139179b4219f10b695f452e22f5cf8ad66011a0dd4364"],
];

test.each(digests)("all sequences of %i bytes decode as in Java", (length, digest) => {
  const hash = createHash("sha256");
  const separator = Buffer.from([0xfe]);
  const sequence = Buffer.alloc(length);
  for (let number = 0; number < bytes.length ** length; number++) {
    let rest = number;
    for (let index = 0; index < length; index++) {
      sequence[index] = bytes[rest % bytes.length] ?? 0;
      rest = Math.floor(rest / bytes.length);
    }
    hash.update(Buffer.from(decodeJavaUtf8(sequence), "utf16le").swap16()).update(separator);
  }
  expect(hash.digest("hex")).toBe(digest);
});

test.each([
  ["eda080", "\ufffd"],
  ["eda041", "\ufffdA"],
  ["eda0", "\ufffd"],
  ["41edbfbf42eda08043", "A\ufffdB\ufffdC"],
  ["eda080edb080", "\ufffd\ufffd"],
  ["ed9fbf", "\ud7ff"],
  ["efbbbf41", "\ufeffA"],
])("%s decodes to %j", (hex, text) => {
  expect(decodeJavaUtf8(Buffer.from(hex, "hex"))).toBe(text);
});

test("an unpaired surrogate becomes one question mark, a pair stays", () => {
  expect(toJavaWellFormed("a\ud800b\udc00\ud800")).toBe("a?b??");
  expect(toJavaWellFormed("🚀\ud83d")).toBe("🚀?");
});

test("what is well-formed survives both ways", () => {
  fc.assert(
    fc.property(anyText(40), (text) => {
      expect(decodeJavaUtf8(Buffer.from(toJavaWellFormed(text), "utf8"))).toBe(text);
    }),
  );
});
