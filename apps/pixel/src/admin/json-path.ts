import type { JsonObject, JsonValue } from "@sewer/core";

/** What lies at `path` in a value; undefined when the path leads nowhere. */
export function jsonAt(value: JsonValue, path: readonly string[]): JsonValue | undefined {
  let inner: JsonValue | undefined = value;
  for (const step of path) {
    inner = hasMembers(inner) && Object.hasOwn(inner, step) ? inner[step] : undefined;
    if (inner === undefined) return undefined;
  }
  return inner;
}

function hasMembers(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null;
}
