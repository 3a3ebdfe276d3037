/**
 * What the parser is looking at. The ten states of the version (one a byte) lie between `inVersion` and
 * `atField`, so a head may end after any byte of it.
 */
export const parseState = {
  /** Before the request line, where CRLFs are skipped. */
  atStart: 0,
  atStartLf: 1,
  inMethod: 2,
  atTarget: 3,
  inPath: 4,
  inQuery: 5,
  inVersion: 6,
  /** At the first byte of a field line, or at the CR of the empty line. */
  atField: 16,
  inName: 17,
  beforeValue: 18,
  inValue: 19,
  atValueLf: 20,
  atEndLf: 21,
} as const;

/** Where a parse stands in a buffer: all that must be kept of a head that has not come whole. */
export class ParseCursor {
  state: number = parseState.atStart;
  /** The next byte to look at. */
  position = 0;
  /** Where the request line begins. */
  headStart = 0;
  fieldCount = 0;
  /** CRLFs skipped before the request line. */
  skipped = 0;

  /** To the beginning of a head at `start`. */
  rewind(start: number): void {
    this.state = parseState.atStart;
    this.position = start;
    this.headStart = start;
    this.fieldCount = 0;
    this.skipped = 0;
  }

  /** Becomes `other`, for a copy of its bytes that lies `shift` bytes nearer to the buffer's begin. */
  copyFrom(other: ParseCursor, shift: number): void {
    this.state = other.state;
    this.position = other.position - shift;
    this.headStart = other.headStart - shift;
    this.fieldCount = other.fieldCount;
    this.skipped = other.skipped;
  }
}
