/** The fields that mean something to every source; every other one is only checked. */
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

/** By value of {@link field}. */
const knownNames = [
  "",
  "host",
  "cookie",
  "referer",
  "user-agent",
  "connection",
  "content-length",
  "transfer-encoding",
  "expect",
];

/** The longest name that can be noted, in bytes. */
export const fieldNameBytesMax = 63;
/** Field numbers are bytes. */
const fieldsMost = 255;

/**
 * Tells fields by their names: those of {@link field}, and the names to note, which get the numbers behind
 * them. Length and first letter find a candidate, most often none; then the whole name is compared.
 */
export class FieldNames {
  /** Lower-case names by field number. */
  readonly names: readonly Buffer[];
  /** 1 for each field whose value is noted. */
  readonly isNoted: Uint8Array = new Uint8Array(fieldsMost + 1);
  readonly #candidates = new Uint8Array((fieldNameBytesMax + 1) * 32);
  /** The next candidate of the same length and first letter. */
  readonly #others = new Uint8Array(fieldsMost + 1);

  /** @param noted names whose values are noted, in any case; doubles are one. */
  constructor(noted: readonly string[]) {
    const names = [...knownNames];
    for (const name of noted.map((text) => text.toLowerCase())) {
      if (!names.includes(name)) names.push(name);
      this.isNoted[names.indexOf(name)] = 1;
    }
    this.names = names.map((name) => Buffer.from(name, "latin1"));
    for (const [id, name] of this.names.entries()) {
      if (id === field.other) continue;
      const slot = (name.length << 5) | (name[0]! & 31);
      this.#others[id] = this.#candidates[slot]!;
      this.#candidates[slot] = id;
    }
  }

  /** The number of the field named in `buffer[start, end)`, whole and in any case. The bytes are token bytes. */
  fieldOf(buffer: Uint8Array, start: number, end: number): number {
    const length = end - start;
    if (length > fieldNameBytesMax) return field.other;
    let candidate = this.#candidates[(length << 5) | (buffer[start]! & 31)]!;
    while (candidate !== field.other) {
      if (isName(buffer, start, this.names[candidate]!)) return candidate;
      candidate = this.#others[candidate]!;
    }
    return field.other;
  }

  /** The number of `name`, for one that is known or noted. */
  numberOf(name: string): number {
    return this.names.findIndex((known) => known.toString("latin1") === name.toLowerCase());
  }
}

/** Setting bit 5 makes letters lower case and keeps digits and `-`; `_` it changes, so that one has to be equal. */
function isName(buffer: Uint8Array, start: number, name: Uint8Array): boolean {
  for (let index = 0; index < name.length; index += 1) {
    const byte = buffer[start + index]!;
    if ((byte | 0x20) !== name[index] && byte !== name[index]) return false;
  }
  return true;
}
