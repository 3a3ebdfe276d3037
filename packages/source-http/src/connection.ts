import type { Socket } from "node:net";
import { answerOf, type ServedAnswer } from "./answers.ts";
import type { Crossdomain } from "./crossdomain.ts";
import type { Engine } from "./engine.ts";
import type { Forwarding } from "./forwarding.ts";
import { OutgoingAnswers } from "./outgoing-answers.ts";
import { PartialHead } from "./partial-head.ts";
import { PendingRequest } from "./pending-request.ts";
import type { RefusalReason } from "./refusals.ts";
import { headFlag, type RequestHead } from "./request-head.ts";

/** Why a socket is not read: it is while any of these bits is set. */
const pause = { room: 1, drain: 2, durability: 4, change: 8 } as const;

/**
 * `open`: requests are served. `ending`: the last answer is decided, what comes is dropped. `lingering`: it is
 * handed to the socket with the FIN behind it; reading goes on for a while, because closing a socket with
 * unread input resets it and takes the answer along (RFC 9112 section 9.6). `closed`: the socket is gone.
 */
type Phase = "open" | "ending" | "lingering" | "closed";

/** One socket of the pixel port: turns its bytes into records and answers, in order. */
export class Connection {
  readonly #socket: Socket;
  #engine: Engine;
  /** The peer's address as it is recorded. */
  readonly #address: Buffer;
  /** Set when the peer is trusted: then each request may name a client of its own. */
  #forwarding: Forwarding | undefined;
  readonly #outgoing: OutgoingAnswers;
  #phase: Phase = "open";
  #partial: PartialHead | undefined;
  /** The request whose body is under way, or whole and waiting for room in the channel. */
  #pending: PendingRequest | undefined;
  /** Input that waits for room in the channel: it begins with a whole head, or behind {@link #pending}. */
  #held: Buffer | undefined;
  #paused = 0;
  #requestCount = 0;
  #lingerBytes = 0;
  /** When the head that is awaited began, or the connection; the last activity; the last stall or end. */
  #headSinceMs: number;
  #activeMs: number;
  #stalledMs = 0;
  #pausedMs = 0;

  constructor(socket: Socket, engine: Engine, address: Buffer) {
    this.#socket = socket;
    this.#engine = engine;
    engine.joined();
    this.#address = address;
    this.#forwarding = engine.forwardingFor(address);
    this.#outgoing = new OutgoingAnswers(socket, engine);
    this.#headSinceMs = this.#activeMs = engine.nowMs;
  }

  /** The other side as the system names it; undefined when it is gone. */
  get peer(): string | undefined {
    return this.#socket.remoteAddress;
  }

  /** The socket has read: the first `end` bytes of `buffer`, valid only during the call. */
  read(buffer: Buffer, end: number = buffer.length): void {
    if (this.#phase !== "open") {
      this.#drop(end);
      return;
    }
    this.#activeMs = this.#engine.beginBatch();
    this.#outgoing.begin(this.#activeMs);
    const position = this.#partial === undefined ? 0 : this.#continueHead(this.#partial, buffer, end);
    this.#serveAll(buffer, position, end);
    this.#endBatch();
  }

  /** The client has ended its side: what is complete is answered, then ours ends too. */
  readEnded(): void {
    if (this.#phase !== "open") return;
    this.#abort();
    this.#phase = "ending";
    this.#endIfDone();
  }

  /** The socket has passed on what it had. */
  drained(): void {
    this.#outgoing.drained();
    this.#unpause(pause.drain);
  }

  /** The socket is gone. */
  closed(): void {
    if (this.#phase === "open") this.#abort();
    this.#phase = "closed";
    this.#forgetInput();
    this.#engine.left(this);
    this.#engine.statistics.dropped(this.#outgoing.unwritten);
  }

  /** The channel may have room. @returns false when it has none. */
  retry(): boolean {
    if (this.#phase !== "open") return true;
    const held = this.#takeHeld();
    if (held === undefined) return true;
    this.#activeMs = this.#engine.beginBatch();
    this.#outgoing.begin(this.#activeMs);
    if (this.#pending !== undefined && !this.#commit(this.#pending)) this.#hold(held);
    else this.#serveAll(held, 0, held.length);
    this.#endBatch();
    if (this.#held !== undefined) return false;
    this.#unpause(pause.room);
    return true;
  }

  /** The durable watermark has moved. @returns false when answers still wait. */
  release(): boolean {
    if (this.#phase === "closed") return true;
    const isDone = this.#outgoing.release();
    this.#afterWrite();
    return isDone;
  }

  /**
   * The options of the source have changed: goes on with the engine that knows the new ones as soon as every
   * request that has begun is answered. A head that is not whole has not begun: it is read anew.
   */
  moveOn(): void {
    const { successor } = this.#engine;
    if (successor === undefined || this.#phase !== "open") return;
    if (this.#outgoing.isWaiting) {
      // Else a client that sends without a pause would never be free.
      this.#pause(pause.change);
      return;
    }
    this.#unpause(pause.change);
    if (this.#pending !== undefined || this.#held !== undefined) return;
    const head = this.#partial?.bytes;
    const headSinceMs = this.#headSinceMs;
    this.#forgetPartial();
    this.#engine.left(this);
    successor.joined();
    this.#engine = successor;
    this.#forwarding = successor.forwardingFor(this.#address);
    this.#outgoing.moveTo(successor);
    if (head !== undefined) this.read(head);
    this.#headSinceMs = headSinceMs;
  }

  /** Once a second: whatever takes too long ends here. */
  tick(nowMs: number): void {
    if (this.#phase === "closed") return;
    const { limits, idleMs } = this.#engine;
    const isFinished = this.#phase === "lingering" && this.#socket.writableFinished;
    if (isFinished) {
      if (nowMs - this.#stalledMs >= limits.lingerTime) this.destroy();
    } else if (this.#phase === "lingering" || this.#outgoing.mustDrain) {
      if (nowMs - this.#stalledMs < limits.writeTime) return;
      this.#engine.statistics.writesStalled += 1;
      this.destroy();
    } else if (this.#phase === "open" && this.#paused === 0 && !this.#outgoing.isWaiting) {
      if (this.#pending !== undefined) {
        const isLate =
          nowMs - this.#activeMs >= limits.bodyGapTime || nowMs - this.#pending.sinceMs >= limits.bodyTime;
        if (isLate) this.#refuseNow("body-timeout");
      } else if (this.#partial !== undefined) {
        if (nowMs - this.#headSinceMs >= limits.headTime) this.#refuseNow("head-timeout");
      } else if (nowMs - this.#activeMs >= (this.#requestCount === 0 ? limits.headTime : idleMs)) {
        this.#engine.statistics.connectionsIdled += 1;
        this.destroy();
      }
    }
  }

  /** The source is closing: a connection that waits for nothing ends; the others end with their next answer. */
  finish(): void {
    if (this.#phase !== "open" || this.#partial !== undefined) return;
    if (this.#pending !== undefined || this.#held !== undefined) return;
    this.#phase = "ending";
    this.#endIfDone();
  }

  /** Ends it at once. */
  destroy(): void {
    this.#phase = "closed";
    this.#socket.destroy();
  }

  /** Serves request after request of `buffer[start, end)`. */
  #serveAll(buffer: Buffer, start: number, end: number): void {
    const { parser } = this.#engine;
    let position = start;
    while (position < end && this.#phase === "open") {
      if (this.#pending !== undefined) {
        position = this.#continueBody(this.#pending, buffer, position, end);
        continue;
      }
      const outcome = parser.parse(buffer, position, end);
      if (outcome === "complete") {
        const headEnd = parser.head.end;
        if (!this.#serve(parser.head, buffer, headEnd < end)) {
          this.#hold(Buffer.from(buffer.subarray(position, end)));
          return;
        }
        position = headEnd;
      } else if (outcome === "incomplete") {
        this.#keepPartial(new PartialHead(parser.cursor, buffer, position, end));
        return;
      } else {
        this.#refuse(outcome);
      }
    }
  }

  /**
   * Judges one head; records and answers its request, or begins its body.
   *
   * @param hasMore something behind the head is here already.
   * @returns false when the channel has no room for the record.
   */
  #serve(head: RequestHead, buffer: Buffer, hasMore: boolean): boolean {
    const { channel, encoder, rules, statistics } = this.#engine;
    const reason = rules.judge(head, buffer);
    if (reason !== undefined) {
      this.#refuse(reason);
      return true;
    }
    if (this.#engine.crossdomain?.isAsked(head, buffer) === true) {
      this.#answerPage(this.#engine.crossdomain, head, buffer);
      return true;
    }
    const address =
      this.#forwarding === undefined ? this.#address : this.#clientOf(head, buffer, this.#forwarding);
    if (head.bodyLength !== 0) {
      this.#beginBody(head, buffer, address, hasMore);
      return true;
    }
    const room = channel.reserve(encoder.bytesMax(head, address));
    if (room === "wait") return false;
    if (room === "full") {
      this.#refuse("channel-full");
      return true;
    }
    const record = channel.commit(encoder.encode(head, buffer, address, room));
    statistics.records += 1;
    this.#answer(answerOf(head), record);
    return true;
  }

  /** A body is not waited for: then the connection closes, so that it is not taken for the next request. */
  #answerPage(page: Crossdomain, head: RequestHead, buffer: Buffer): void {
    const isLast = head.bodyLength !== 0 || this.#engine.isClosing;
    const persistence = isLast ? "close" : answerOf(head);
    this.#began();
    this.#outgoing.add(page.answer(head, buffer, persistence, this.#engine.answers.date), 0);
    if (persistence === "close") this.#phase = "ending";
  }

  /** The address of the client that a trusted peer speaks for, and the host it was asked for. */
  #clientOf(head: RequestHead, buffer: Buffer, forwarding: Forwarding): Buffer {
    forwarding.takeHost(head, buffer);
    return forwarding.addressOf(head, buffer, this.#address);
  }

  /** Keeps what the record needs of the head, and asks for the body if the client waits for that. */
  #beginBody(head: RequestHead, buffer: Buffer, address: Buffer, hasMore: boolean): void {
    const { bodyLimits, encoder } = this.#engine;
    const pending = new PendingRequest({
      answer: answerOf(head),
      bodyLength: head.bodyLength,
      limits: bodyLimits,
      recordBytesMax: encoder.bytesMax(head, address),
      isBodyRecorded: this.#engine.isBodyRecorded,
      sinceMs: this.#activeMs,
    });
    if (!this.#engine.holdBytes(pending.record.capacity)) {
      this.#refuse("buffers-full");
      return;
    }
    const room = { buffer: pending.record.bytes, offset: 0 };
    pending.record.setLength(encoder.encode(head, buffer, address, room));
    this.#pending = pending;
    const isWaiting = (head.flags & headFlag.expectContinue) !== 0 && head.version >= 11 && !hasMore;
    if (isWaiting) this.#outgoing.add("continue", 0);
  }

  /** @returns the position behind what was taken of `buffer[start, end)`. */
  // oxlint-disable-next-line max-params -- a range of a buffer is three of them
  #continueBody(pending: PendingRequest, buffer: Buffer, start: number, end: number): number {
    const bytesBefore = pending.bodyBytes;
    const capacityBefore = pending.record.capacity;
    const outcome = pending.decode(buffer, start, end);
    this.#engine.statistics.bodyBytes += pending.bodyBytes - bytesBefore;
    if (!this.#engine.holdBytes(pending.record.capacity - capacityBefore)) {
      this.#engine.freeBytes(capacityBefore);
      this.#pending = undefined;
      this.#refuse("buffers-full");
      return end;
    }
    if (outcome === "incomplete") return end;
    if (outcome !== "complete") {
      this.#forgetPending();
      this.#refuse(outcome);
      return end;
    }
    if (this.#commit(pending)) return pending.position;
    this.#hold(Buffer.from(buffer.subarray(pending.position, end)));
    return end;
  }

  /** Records and answers a request whose body is whole. @returns false when the channel has no room. */
  #commit(pending: PendingRequest): boolean {
    const { channel, statistics } = this.#engine;
    const { bytes, length } = pending.record;
    const room = channel.reserve(length);
    if (room === "wait") return false;
    this.#forgetPending();
    if (room === "full") {
      this.#refuse("channel-full");
      return true;
    }
    bytes.copy(room.buffer, room.offset, 0, length);
    const record = channel.commit(length);
    statistics.records += 1;
    this.#answer(pending.answer, record);
    return true;
  }

  #answer(answer: ServedAnswer, record: number): void {
    this.#began();
    this.#outgoing.add(answer, record);
    if (answer === "close") this.#phase = "ending";
  }

  /** Adds `buffer[0, end)` to the head that it continues. @returns how many of its bytes are taken. */
  #continueHead(partial: PartialHead, buffer: Buffer, end: number): number {
    const { parser, limits } = this.#engine;
    const { cursor, input } = partial;
    const lengthBefore = input.length;
    const capacityBefore = input.capacity;
    // Four bytes of CRLFs may stand before a head.
    const take = Math.min(end, limits.head + 4 - lengthBefore);
    input.append(buffer, 0, take);
    if (!this.#engine.holdBytes(input.capacity - capacityBefore)) {
      this.#engine.freeBytes(capacityBefore);
      this.#partial = undefined;
      this.#refuse("buffers-full");
      return end;
    }
    const outcome = parser.resume(cursor, input.bytes, input.length);
    if (outcome === "incomplete") return take;
    this.#forgetPartial();
    if (outcome !== "complete") {
      this.#refuse(outcome);
      return end;
    }
    // Resuming only checked; this look tells the parts.
    parser.parse(input.bytes, 0, input.length);
    const taken = parser.head.end - lengthBefore;
    if (this.#serve(parser.head, input.bytes, taken < end)) return taken;
    const head = input.bytes.subarray(0, lengthBefore);
    this.#hold(Buffer.concat([head, buffer.subarray(0, end)]));
    return end;
  }

  /** Writes the batch's answers and decides how the connection goes on. */
  #endBatch(): void {
    const isLast = this.#engine.isClosing && this.#phase === "open" && this.#pending === undefined;
    if (isLast && this.#outgoing.closeLast()) {
      this.#phase = "ending";
      this.#forgetInput();
    }
    if (!this.#outgoing.flush()) this.#engine.awaitDurability(this);
    this.#afterWrite();
  }

  #afterWrite(): void {
    if (this.#outgoing.mustDrain && (this.#paused & pause.drain) === 0) {
      this.#stalledMs = this.#engine.nowMs;
      this.#pause(pause.drain);
    }
    if (this.#phase === "ending") {
      this.#endIfDone();
    } else if (this.#outgoing.isFull) {
      this.#pause(pause.durability);
    } else {
      this.#unpause(pause.durability);
    }
    if (this.#engine.successor !== undefined) this.moveOn();
  }

  /** Every answer decided is written: sends the FIN and reads on for a while. */
  #endIfDone(): void {
    if (this.#outgoing.isWaiting) {
      this.#pause(pause.durability);
      return;
    }
    this.#phase = "lingering";
    this.#stalledMs = this.#engine.nowMs;
    this.#socket.end();
    this.#paused = 0;
    this.#socket.resume();
  }

  /** Refuses what is being read: the answer goes out with the batch, after those before it. */
  #refuse(reason: RefusalReason): void {
    this.#engine.statistics.refused[reason] += 1;
    this.#began();
    this.#outgoing.add(reason, 0);
    this.#phase = "ending";
  }

  /** Refuses outside of a batch. */
  #refuseNow(reason: RefusalReason): void {
    this.#outgoing.begin(this.#pending?.sinceMs ?? this.#headSinceMs);
    this.#forgetInput();
    this.#refuse(reason);
    this.#endBatch();
  }

  #began(): void {
    this.#requestCount += 1;
    this.#engine.statistics.began();
  }

  /** Input after the last request. */
  #drop(bytes: number): void {
    this.#lingerBytes += bytes;
    if (this.#lingerBytes > this.#engine.limits.linger) this.destroy();
  }

  /** The client is gone inside a request. */
  #abort(): void {
    if (this.#partial !== undefined) this.#engine.statistics.headsAborted += 1;
    if (this.#pending !== undefined && this.#held === undefined) this.#engine.statistics.bodiesAborted += 1;
    this.#forgetInput();
  }

  #keepPartial(partial: PartialHead): void {
    if (!this.#engine.holdBytes(partial.input.capacity)) {
      this.#refuse("buffers-full");
      return;
    }
    this.#partial = partial;
    this.#headSinceMs = this.#requestCount === 0 ? this.#headSinceMs : this.#activeMs;
  }

  #forgetInput(): void {
    this.#forgetPartial();
    this.#forgetPending();
    this.#takeHeld();
  }

  #forgetPartial(): void {
    if (this.#partial === undefined) return;
    this.#engine.freeBytes(this.#partial.input.capacity);
    this.#partial = undefined;
  }

  #forgetPending(): void {
    if (this.#pending === undefined) return;
    this.#engine.freeBytes(this.#pending.record.capacity);
    this.#pending = undefined;
  }

  #hold(input: Buffer): void {
    if (!this.#engine.holdBytes(input.length)) {
      this.#forgetPending();
      this.#refuse("buffers-full");
      return;
    }
    this.#held = input;
    this.#engine.awaitRoom(this);
    this.#pause(pause.room);
  }

  #takeHeld(): Buffer | undefined {
    const held = this.#held;
    if (held === undefined) return undefined;
    this.#engine.freeBytes(held.length);
    this.#held = undefined;
    return held;
  }

  #pause(reason: number): void {
    if (this.#paused === 0) {
      this.#socket.pause();
      this.#pausedMs = this.#engine.nowMs;
    }
    this.#paused |= reason;
  }

  #unpause(reason: number): void {
    if ((this.#paused & reason) === 0) return;
    this.#paused &= ~reason;
    if (this.#paused !== 0) return;
    // What we did not read cannot be late.
    const pausedForMs = this.#engine.nowMs - this.#pausedMs;
    this.#activeMs += pausedForMs;
    this.#headSinceMs += pausedForMs;
    if (this.#pending !== undefined) this.#pending.sinceMs += pausedForMs;
    this.#socket.resume();
  }
}
