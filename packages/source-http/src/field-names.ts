import { equalsIgnoreCase } from "./byte-classes.ts";

/** The fields that mean something here; every other one is only checked. */
export const field = {
  other: 0,
  host: 1,
  cookie: 2,
  referer: 3,
  userAgent: 4,
  connection: 5,
  contentLength: 6,
  transferEncoding: 7,
  expect: 8,
} as const;

/** A value of {@link field}. */
export type Field = (typeof field)[keyof typeof field];

const names: readonly (readonly [string, Field])[] = [
  ["host", field.host],
  ["cookie", field.cookie],
  ["referer", field.referer],
  ["user-agent", field.userAgent],
  ["connection", field.connection],
  ["content-length", field.contentLength],
  ["transfer-encoding", field.transferEncoding],
  ["expect", field.expect],
];

const lengthMax = 31;
/** Length and first letter decide which one name is left to compare with: one slot for each pair. */
const candidates = new Uint8Array((lengthMax + 1) * 32);
const nameBytes: Uint8Array[] = [new Uint8Array(0)];
for (const [name, id] of names) {
  nameBytes[id] = Buffer.from(name, "latin1");
  candidates[(name.length << 5) | (name.charCodeAt(0) & 31)] = id;
}

/** Which field the name in `buffer[start, end)` is, whole and in any case. The bytes are token bytes. */
export function fieldOf(buffer: Uint8Array, start: number, end: number): Field {
  const length = end - start;
  if (length > lengthMax) return field.other;
  const candidate = candidates[(length << 5) | (buffer[start]! & 31)]! as Field;
  if (candidate === field.other) return field.other;
  return equalsIgnoreCase(buffer, start, end, nameBytes[candidate]!) ? candidate : field.other;
}
