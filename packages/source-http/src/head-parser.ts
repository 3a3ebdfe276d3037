import { byteOf, equalsIgnoreCase, isDigit, isPathByte, isTargetByte, isTokenByte } from "./byte-classes.ts";
import { connectionFlags } from "./connection-tokens.ts";
import { field, FieldNames } from "./field-names.ts";
import { ParseCursor, parseState } from "./parse-cursor.ts";
import type { RefusalReason } from "./refusals.ts";
import { headFlag, RequestHead } from "./request-head.ts";
import { WordScanner } from "./word-scanner.ts";

/** How a parse ended: the head is whole, more bytes are needed, or it is refused. */
export type ParseOutcome = "complete" | "incomplete" | RefusalReason;

/** How large a head may be. */
export interface HeadLimits {
  /** Bytes of the request line with its line end. */
  readonly requestLineBytesMax: number;
  /** Bytes of the whole head with the empty line. */
  readonly headBytesMax: number;
  readonly fieldsMax: number;
}

/** The longest method, in bytes (docs/specs/http.md, R5). */
export const methodBytesMax = 32;

/** `HTTP/` digit `.` digit CRLF; 0 stands for a digit. */
const versionPattern = Uint8Array.from([0x48, 0x54, 0x54, 0x50, 0x2f, 0, 0x2e, 0, byteOf.cr, byteOf.lf]);
const versionMajorIndex = 5;
const continueExpectation = Buffer.from("100-continue", "latin1");

/**
 * Checks the grammar of a request head (RFC 9112 sections 2 to 5, as strict as docs/specs/http.md) byte by
 * byte, in place, and notes where its parts lie. What the parts mean is for `HeadRules`.
 *
 * The order in which bytes are looked at, and so the outcome, is the same however the input was cut: a fault
 * is reported at the first byte that shows it, a limit at the first byte that is over it.
 */
export class HeadParser {
  /** The head of the last {@link parse} that said `complete`. */
  readonly head: RequestHead;
  /** Where the last {@link parse} that said `incomplete` stopped. */
  readonly cursor = new ParseCursor();
  readonly #limits: HeadLimits;
  readonly #names: FieldNames;
  readonly #words = new WordScanner();

  /** @param names what is noted of a head besides the fields that every record needs. */
  constructor(limits: HeadLimits, names: FieldNames = new FieldNames([])) {
    this.#limits = limits;
    this.#names = names;
    this.head = new RequestHead(limits.fieldsMax);
  }

  /** Parses one head that begins at `start`; bytes from `end` on are not looked at. */
  parse(buffer: Uint8Array, start: number, end: number): ParseOutcome {
    this.head.clear();
    this.cursor.rewind(start);
    return this.#run(this.cursor, buffer, end);
  }

  /**
   * Goes on where `cursor` stopped, now with bytes up to `end`. It only checks: after `complete`, parse the
   * whole head once more to know its parts. That is two looks at each byte in all, and nothing to keep.
   */
  resume(cursor: ParseCursor, buffer: Uint8Array, end: number): ParseOutcome {
    this.head.clear();
    return this.#run(cursor, buffer, end);
  }

  #run(cursor: ParseCursor, buffer: Uint8Array, end: number): ParseOutcome {
    if (cursor.state <= parseState.atStartLf) {
      const outcome = this.#lineEndsBefore(cursor, buffer, end);
      if (outcome !== "complete") return outcome;
    }
    if (cursor.state < parseState.atField) {
      const outcome = this.#requestLine(cursor, buffer, end);
      if (outcome !== "complete") return outcome;
    }
    return this.#fields(cursor, buffer, end);
  }

  /** Skips at most two CRLFs before the request line (RFC 9112 section 2.2). */
  #lineEndsBefore(cursor: ParseCursor, buffer: Uint8Array, end: number): ParseOutcome {
    for (let position = cursor.position; position < end; position += 1) {
      const byte = buffer[position]!;
      if (cursor.state === parseState.atStartLf) {
        if (byte !== byteOf.lf) return "bad-line-end";
        cursor.skipped += 1;
        cursor.state = parseState.atStart;
      } else if (byte === byteOf.cr && cursor.skipped < 2) {
        cursor.state = parseState.atStartLf;
      } else {
        cursor.position = cursor.headStart = this.head.start = position;
        cursor.state = parseState.inMethod;
        return "complete";
      }
    }
    cursor.position = end;
    return "incomplete";
  }

  #requestLine(cursor: ParseCursor, buffer: Uint8Array, end: number): ParseOutcome {
    const head = this.head;
    const limit = cursor.headStart + this.#limits.requestLineBytesMax;
    const stop = Math.min(end, limit);
    let position = cursor.position;
    let state = cursor.state;
    if (state === parseState.inMethod) {
      while (position < stop && isTokenByte[buffer[position]!] === 1) position += 1;
      if (position - cursor.headStart > methodBytesMax) return "bad-request-line";
      if (position < stop) {
        if (position === cursor.headStart || buffer[position] !== byteOf.space) return "bad-request-line";
        head.methodEnd = position;
        position += 1;
        state = parseState.atTarget;
      }
    }
    if (state === parseState.atTarget && position < stop) {
      if (isTargetByte[buffer[position]!] === 0) return "bad-target";
      head.pathStart = position;
      state = parseState.inPath;
    }
    if (state === parseState.inPath) {
      while (position < stop && isPathByte[buffer[position]!] === 1) position += 1;
      if (position < stop) {
        head.pathEnd = position;
        if (buffer[position] === byteOf.question) {
          head.queryStart = position + 1;
          state = parseState.inQuery;
        } else {
          if (buffer[position] !== byteOf.space) return "bad-target";
          head.targetEnd = position;
          state = parseState.inVersion;
        }
        position += 1;
      }
    }
    if (state === parseState.inQuery) {
      position = this.#words.skipTarget(buffer, position, stop);
      if (position < stop) {
        if (buffer[position] !== byteOf.space) return "bad-target";
        head.targetEnd = position;
        position += 1;
        state = parseState.inVersion;
      }
    }
    if (state >= parseState.inVersion) {
      while (position < stop && state < parseState.atField) {
        if (!isVersionByte(state - parseState.inVersion, buffer[position]!)) return "bad-version";
        position += 1;
        state += 1;
      }
    }
    cursor.position = position;
    cursor.state = state;
    if (state < parseState.atField) return position === limit ? "request-line-too-long" : "incomplete";
    const major = buffer[position - versionPattern.length + versionMajorIndex]!;
    const minor = buffer[position - versionPattern.length + versionMajorIndex + 2]!;
    head.version = (major - byteOf.zero) * 10 + minor - byteOf.zero;
    return "complete";
  }

  #fields(cursor: ParseCursor, buffer: Uint8Array, end: number): ParseOutcome {
    const limit = cursor.headStart + this.#limits.headBytesMax;
    const stop = Math.min(end, limit);
    const names = this.#names;
    const words = this.#words;
    let position = cursor.position;
    let state = cursor.state;
    // Wrong after a resume inside of a field, but then nobody looks at the head.
    let nameStart = position;
    let valueStart = position;
    let known: number = field.other;
    // A stop anywhere leaves the loop; the checks below are in the order of a field line, so that a whole
    // line is one pass without a jump.
    for (;;) {
      if (position === stop) break;
      if (state === parseState.atField) {
        const byte = buffer[position]!;
        if (byte === byteOf.cr) {
          state = parseState.atEndLf;
        } else {
          if (isTokenByte[byte] === 0) return "bad-field";
          if (cursor.fieldCount === this.#limits.fieldsMax) return "too-many-fields";
          cursor.fieldCount += 1;
          nameStart = position;
          state = parseState.inName;
        }
        position += 1;
      }
      if (state === parseState.inName) {
        while (position < stop && isTokenByte[buffer[position]!] === 1) position += 1;
        if (position === stop) break;
        if (buffer[position] !== byteOf.colon) return "bad-field";
        known = names.fieldOf(buffer, nameStart, position);
        position += 1;
        state = parseState.beforeValue;
      }
      if (state === parseState.beforeValue) {
        while (position < stop && isBlank(buffer[position]!)) position += 1;
        if (position === stop) break;
        valueStart = position;
        state = parseState.inValue;
      }
      if (state === parseState.inValue) {
        position = words.skipValue(buffer, position, stop);
        if (position === stop) break;
        if (buffer[position] !== byteOf.cr) return "bad-field";
        position += 1;
        state = parseState.atValueLf;
      }
      if (position === stop) break;
      if (buffer[position] !== byteOf.lf) return "bad-line-end";
      position += 1;
      if (state === parseState.atEndLf) {
        this.head.end = position;
        return "complete";
      }
      if (known !== field.other) this.#keep(known, buffer, valueStart, position - 2);
      state = parseState.atField;
    }
    cursor.position = position;
    cursor.state = state;
    return position === limit ? "head-too-large" : "incomplete";
  }

  #keep(known: number, buffer: Uint8Array, start: number, endWithBlanks: number): void {
    const head = this.head;
    let end = endWithBlanks;
    while (end > start && isBlank(buffer[end - 1]!)) end -= 1;
    if (this.#names.isNoted[known] === 1) head.note(known, start, end);
    if (known === field.cookie) {
      head.cookies[2 * head.cookieCount] = start;
      head.cookies[2 * head.cookieCount + 1] = end;
      head.cookieCount += 1;
    } else if (known === field.userAgent) {
      if (head.userAgentStart >= 0) return;
      head.userAgentStart = start;
      head.userAgentEnd = end;
    } else if (known === field.referer) {
      if (head.refererStart >= 0) return;
      head.refererStart = start;
      head.refererEnd = end;
    } else if (known === field.host) {
      head.hostCount += 1;
      head.hostStart = start;
      head.hostEnd = end;
    } else if (known === field.connection) {
      head.flags |= connectionFlags(buffer, start, end);
    } else {
      this.#keepFraming(known, buffer, start, end);
    }
  }

  #keepFraming(known: number, buffer: Uint8Array, start: number, end: number): void {
    const head = this.head;
    if (known === field.contentLength) {
      head.contentLengthCount += 1;
      head.contentLengthStart = start;
      head.contentLengthEnd = end;
    } else if (known === field.transferEncoding) {
      head.transferEncodingCount += 1;
      head.transferEncodingStart = start;
      head.transferEncodingEnd = end;
    } else if (known === field.expect) {
      const isContinue = equalsIgnoreCase(buffer, start, end, continueExpectation);
      head.flags |= isContinue ? headFlag.expectContinue : headFlag.unknownExpectation;
    }
  }
}

function isBlank(byte: number): boolean {
  return byte === byteOf.space || byte === byteOf.tab;
}

function isVersionByte(index: number, byte: number): boolean {
  const expected = versionPattern[index]!;
  return expected === 0 ? isDigit(byte) : byte === expected;
}
