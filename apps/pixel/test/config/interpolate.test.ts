import { describe, expect, test } from "vitest";
import { parseDocument } from "yaml";
import { interpolateScalars } from "../../src/config/interpolate.ts";

const env = { PORT: "8080", NAME: "web", EMPTY: "", TRICK: "x, evil: true }", YES: "true", HEX: "0x1F" };

function read(text: string): { data: unknown; faults: string[] } {
  const document = parseDocument(text);
  const faults = interpolateScalars(document, env).map((fault) => `${fault.offset} ${fault.message}`);
  return { data: document.toJS(), faults };
}

describe("${VAR} in scalars", () => {
  test.each([
    ["a: ${PORT}", 8080],
    ["a: '${PORT}'", 8080],
    ["{ a: '${PORT}' }", 8080],
    ["a: ${YES}", true],
    ["a: ${HEX}", 31],
    ["a: ${NAME}", "web"],
    ["a: ${EMPTY}", ""],
    ["a: ${EMPTY:-9}", 9],
    ["a: ${UNSET:-7777}", 7777],
    ["a: ${UNSET:-}", ""],
    ["a: ${UNSET:-a b:c}", "a b:c"],
    ["a: port-${PORT}", "port-8080"],
    ["a: ${NAME}${PORT}", "web8080"],
    ["a: '${PORT}${EMPTY}'", "8080"],
    ["a: ${NAME:?must be given}", "web"],
    ["a: 'x-${TRICK}'", "x-x, evil: true }"],
    ["a: '${TRICK}'", "x, evil: true }"],
    ["a: $${PORT}", "${PORT}"],
    ["a: 'data-%{host}-%{yyyy}'", "data-%{host}-%{yyyy}"],
    ["a: $PORT", "$PORT"],
  ])("%s", (text, value) => {
    expect(read(text)).toEqual({ data: { a: value }, faults: [] });
  });

  test("lists and aliases", () => {
    const text = "a: [x, '${PORT}']\nb: &b ${NAME}\nc: *b\n";
    expect(read(text).data).toEqual({ a: ["x", 8080], b: "web", c: "web" });
  });

  test("keys are left alone", () => {
    expect(read("'${NAME}': 1").data).toEqual({ "${NAME}": 1 });
  });

  test.each([
    ["a: ${UNSET}", "environment variable UNSET: it is not set and has no default"],
    ["a: ${UNSET:?say which}", "environment variable UNSET: say which"],
    ["a: ${EMPTY:?say which}", "environment variable EMPTY: say which"],
    ["a: ${UNSET:?}", "environment variable UNSET: it is not set and has no default"],
    ["a: ${}", "expected ${VAR}, ${VAR:-default} or ${VAR:?message}; write $${ for a literal ${"],
    ["a: ${9X}", "expected ${VAR}, ${VAR:-default} or ${VAR:?message}; write $${ for a literal ${"],
    ["a: ${NAME:+x}", "expected ${VAR}, ${VAR:-default} or ${VAR:?message}; write $${ for a literal ${"],
    ["a: ${PORT", "expected ${VAR}, ${VAR:-default} or ${VAR:?message}; write $${ for a literal ${"],
    ["a: ${A:-${B}}", "expected ${VAR}, ${VAR:-default} or ${VAR:?message}; write $${ for a literal ${"],
  ])("%s is an error", (text, message) => {
    expect(read(text).faults).toEqual([`3 ${message}`]);
  });
});
