import type { Reservation } from "@sewer/core";
import { vlongBytesMax, writeVInt, writeVLong } from "@sewer/writable";
import { byteOf } from "./byte-classes.ts";
import { copyBytes, writeText } from "./copy-bytes.ts";
import type { ExtendedRecord } from "./extended-record.ts";
import type { RequestHead } from "./request-head.ts";

/*
 * Record (docs/formats/record.md), schema `access-log`:
 *
 *   flags          1 byte; bits 0 to 3: queryString, referer, userAgent, cookies is null
 *   timestamp      VLong, epoch milliseconds
 *   ip host requestPath queryString referer userAgent cookies
 *                  Text each: VInt length, bytes as received; a null one is the empty Text
 *
 * Schema `access-log-extended` has one more flag, bit 4: body is null, and goes on as ExtendedRecord says.
 */
const nullFlag = { queryString: 1, referer: 2, userAgent: 4, cookies: 8, body: 16 } as const;

/**
 * All that a record has and its head has not: flags, timestamp, seven lengths of at most 5 bytes, the `/`
 * of an empty path. The joints of Cookie fields are shorter than the `Cookie:` CRLF that they stand for.
 */
const overheadBytes = 1 + vlongBytesMax + 7 * 5 + 1;

/** Writes the record of a request straight from the bytes of its head into the channel's buffer. */
export class RecordEncoder {
  readonly #timestamp = Buffer.alloc(vlongBytesMax);
  #timestampBytes = 0;
  readonly #extended: ExtendedRecord | undefined;

  /** @param extended what to record beyond the access log. */
  constructor(extended?: ExtendedRecord) {
    this.#extended = extended;
  }

  /** Sets the time of the records that follow, in epoch milliseconds. */
  stamp(nowMs: number): void {
    this.#timestampBytes = writeVLong(this.#timestamp, 0, nowMs);
  }

  /** The most bytes that the record of this head can take, without the bytes of a body. */
  bytesMax(head: RequestHead, address: Buffer): number {
    const bytes = head.end - head.start + address.length + overheadBytes;
    return this.#extended === undefined ? bytes : bytes + this.#extended.bytesMax(head);
  }

  /**
   * Encodes one record. A body that is to be recorded is an empty one so far: its bytes go behind the record,
   * and their number into its last four bytes.
   *
   * @param source what the offsets of `head` refer to; the rules have passed it.
   * @param address the client's address as bytes.
   * @param room has place for {@link bytesMax}.
   * @returns the record's length.
   */
  encode(head: RequestHead, source: Buffer, address: Buffer, room: Reservation): number {
    const target = room.buffer;
    const start = room.offset;
    let flags = 0;
    let position = start + 1;
    for (let index = 0; index < this.#timestampBytes; index += 1)
      target[position++] = this.#timestamp[index]!;
    position = writeText(target, position, address, 0, address.length);
    position = writeText(target, position, source, head.hostNameStart, head.hostNameEnd);
    if (head.pathEnd > head.pathStart) {
      position = writeText(target, position, source, head.pathStart, head.pathEnd);
    } else {
      target[position] = 1;
      target[position + 1] = byteOf.slash;
      position += 2;
    }
    if (head.queryStart < 0) flags |= nullFlag.queryString;
    position = writeOptional(target, position, source, head.queryStart, head.targetEnd);
    if (head.refererStart < 0) flags |= nullFlag.referer;
    position = writeOptional(target, position, source, head.refererStart, head.refererEnd);
    if (head.userAgentStart < 0) flags |= nullFlag.userAgent;
    position = writeOptional(target, position, source, head.userAgentStart, head.userAgentEnd);
    if (head.cookieCount === 0) flags |= nullFlag.cookies;
    position = writeCookies(target, position, source, head);
    if (this.#extended !== undefined) {
      if (!this.#extended.hasBody(head)) flags |= nullFlag.body;
      position = this.#extended.write(head, source, target, position);
    }
    target[start] = flags;
    return position - start;
  }
}

// oxlint-disable-next-line max-params -- as copyBytes
function writeOptional(target: Buffer, offset: number, source: Buffer, start: number, end: number): number {
  if (start >= 0) return writeText(target, offset, source, start, end);
  target[offset] = 0;
  return offset + 1;
}

/** All Cookie fields in order, joined by `; `. */
function writeCookies(target: Buffer, offset: number, source: Buffer, head: RequestHead): number {
  const { cookies, cookieCount } = head;
  let length = cookieCount === 0 ? 0 : 2 * (cookieCount - 1);
  for (let index = 0; index < cookieCount; index += 1)
    length += cookies[2 * index + 1]! - cookies[2 * index]!;
  let position = writeVInt(target, offset, length);
  for (let index = 0; index < cookieCount; index += 1) {
    if (index > 0) {
      target[position++] = byteOf.semicolon;
      target[position++] = byteOf.space;
    }
    position = copyBytes(target, position, source, cookies[2 * index]!, cookies[2 * index + 1]!);
  }
  return position;
}
