import type { Socket } from "node:net";
import type { Engine } from "./engine.ts";
import { judgeHead } from "./head-rules.ts";
import { OutgoingAnswers } from "./outgoing-answers.ts";
import { PartialHead } from "./partial-head.ts";
import type { RefusalReason } from "./refusals.ts";
import { headFlag, type RequestHead } from "./request-head.ts";

/** Why a socket is not read: it is while any of these bits is set. */
const pause = { room: 1, drain: 2, durability: 4 } as const;

/**
 * `open`: requests are served. `ending`: the last answer is decided, what comes is dropped. `lingering`: it is
 * handed to the socket with the FIN behind it; reading goes on for a while, because closing a socket with
 * unread input resets it and takes the answer along (RFC 9112 section 9.6). `closed`: the socket is gone.
 */
type Phase = "open" | "ending" | "lingering" | "closed";

/** One socket of the pixel port: turns its bytes into records and answers, in order. */
export class Connection {
  readonly #socket: Socket;
  readonly #engine: Engine;
  /** The client's address as it is recorded. */
  readonly #address: Buffer;
  readonly #outgoing: OutgoingAnswers;
  #phase: Phase = "open";
  #partial: PartialHead | undefined;
  /** Input that waits for room in the channel, beginning with a whole head. */
  #held: Buffer | undefined;
  #paused = 0;
  #requestCount = 0;
  #lingerBytes = 0;
  /** When the head that is awaited began, or the connection; the last activity; the last stall or end. */
  #headSinceMs: number;
  #activeMs: number;
  #stalledMs = 0;

  constructor(socket: Socket, engine: Engine, address: Buffer) {
    this.#socket = socket;
    this.#engine = engine;
    this.#address = address;
    this.#outgoing = new OutgoingAnswers(socket, engine);
    this.#headSinceMs = this.#activeMs = engine.nowMs;
  }

  /** The socket has read `chunk`, which is valid only during the call. */
  read(chunk: Buffer): void {
    if (this.#phase !== "open") {
      this.#drop(chunk.length);
      return;
    }
    this.#activeMs = this.#engine.beginBatch();
    this.#outgoing.begin(this.#activeMs);
    const position = this.#partial === undefined ? 0 : this.#continueHead(this.#partial, chunk);
    this.#serveAll(chunk, position);
    this.#endBatch();
  }

  /** The client has ended its side: what is complete is answered, then ours ends too. */
  readEnded(): void {
    if (this.#phase !== "open") return;
    if (this.#partial !== undefined) {
      this.#engine.statistics.headsAborted += 1;
      this.#forgetPartial();
    }
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
    if (this.#phase === "open" && this.#partial !== undefined) this.#engine.statistics.headsAborted += 1;
    this.#phase = "closed";
    this.#forgetPartial();
    this.#takeHeld();
    this.#engine.forget(this);
    this.#engine.statistics.dropped(this.#outgoing.unwritten);
  }

  /** The channel may have room. @returns false when it has none. */
  retry(): boolean {
    if (this.#phase !== "open") return true;
    const held = this.#takeHeld();
    if (held === undefined) return true;
    this.#activeMs = this.#engine.beginBatch();
    this.#outgoing.begin(this.#activeMs);
    this.#serveAll(held, 0);
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
      if (this.#partial !== undefined) {
        if (nowMs - this.#headSinceMs >= limits.headTime) this.#refuseNow("head-timeout");
      } else if (nowMs - this.#activeMs >= (this.#requestCount === 0 ? limits.headTime : idleMs)) {
        this.#engine.statistics.connectionsIdled += 1;
        this.destroy();
      }
    }
  }

  /** The source is closing: a connection that waits for nothing ends; the others end with their next answer. */
  finish(): void {
    if (this.#phase !== "open" || this.#partial !== undefined || this.#held !== undefined) return;
    this.#phase = "ending";
    this.#endIfDone();
  }

  /** Ends it at once. */
  destroy(): void {
    this.#phase = "closed";
    this.#socket.destroy();
  }

  /** Serves head after head of `buffer` from `start` on. */
  #serveAll(buffer: Buffer, start: number): void {
    const { parser } = this.#engine;
    let position = start;
    while (position < buffer.length && this.#phase === "open") {
      const outcome = parser.parse(buffer, position, buffer.length);
      if (outcome === "complete") {
        const headEnd = parser.head.end;
        if (!this.#serve(parser.head, buffer)) {
          this.#hold(Buffer.from(buffer.subarray(position)));
          return;
        }
        position = headEnd;
      } else if (outcome === "incomplete") {
        this.#keepPartial(new PartialHead(parser.cursor, buffer, position));
        return;
      } else {
        this.#refuse(outcome);
      }
    }
  }

  /** Judges, records and answers one head. @returns false when the channel has no room for its record. */
  #serve(head: RequestHead, buffer: Buffer): boolean {
    const { channel, encoder, statistics } = this.#engine;
    const reason = judgeHead(head, buffer);
    if (reason !== undefined) {
      this.#refuse(reason);
      return true;
    }
    const room = channel.reserve(encoder.bytesMax(head, this.#address));
    if (room === "wait") return false;
    if (room === "full") {
      this.#refuse("channel-full");
      return true;
    }
    const record = channel.commit(encoder.encode(head, buffer, this.#address, room));
    statistics.records += 1;
    this.#began();
    const persistence = head.flags & (headFlag.close | headFlag.keepAlive);
    if (head.version > 10 && (persistence & headFlag.close) === 0) {
      this.#outgoing.add("plain", record);
    } else if (persistence === headFlag.keepAlive) {
      this.#outgoing.add("keep-alive", record);
    } else {
      this.#outgoing.add("close", record);
      this.#phase = "ending";
    }
    return true;
  }

  /** Adds `chunk` to the head that it continues. @returns how many of its bytes are taken. */
  #continueHead(partial: PartialHead, chunk: Buffer): number {
    const { parser, limits } = this.#engine;
    const lengthBefore = partial.length;
    const capacityBefore = partial.capacity;
    // Four bytes of CRLFs may stand before a head.
    const take = Math.min(chunk.length, limits.head + 4 - lengthBefore);
    partial.append(chunk, 0, take);
    if (!this.#engine.holdBytes(partial.capacity - capacityBefore)) {
      this.#engine.freeBytes(capacityBefore);
      this.#partial = undefined;
      this.#refuse("buffers-full");
      return chunk.length;
    }
    const outcome = parser.resume(partial.cursor, partial.buffer, partial.length);
    if (outcome === "incomplete") return take;
    this.#forgetPartial();
    if (outcome !== "complete") {
      this.#refuse(outcome);
      return chunk.length;
    }
    // Resuming only checked; this look tells the parts.
    parser.parse(partial.buffer, 0, partial.length);
    const taken = parser.head.end - lengthBefore;
    if (this.#serve(parser.head, partial.buffer)) return taken;
    const head = partial.buffer.subarray(0, lengthBefore);
    this.#hold(Buffer.concat([head, chunk]));
    return chunk.length;
  }

  /** Writes the batch's answers and decides how the connection goes on. */
  #endBatch(): void {
    if (this.#engine.isClosing && this.#phase === "open" && this.#outgoing.closeLast()) {
      this.#phase = "ending";
      this.#takeHeld();
      this.#forgetPartial();
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
    this.#forgetPartial();
    this.#outgoing.begin(this.#headSinceMs);
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

  #keepPartial(partial: PartialHead): void {
    if (!this.#engine.holdBytes(partial.capacity)) {
      this.#refuse("buffers-full");
      return;
    }
    this.#partial = partial;
    this.#headSinceMs = this.#requestCount === 0 ? this.#headSinceMs : this.#activeMs;
  }

  #forgetPartial(): void {
    if (this.#partial === undefined) return;
    this.#engine.freeBytes(this.#partial.capacity);
    this.#partial = undefined;
  }

  #hold(input: Buffer): void {
    if (!this.#engine.holdBytes(input.length)) {
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
    if (this.#paused === 0) this.#socket.pause();
    this.#paused |= reason;
  }

  #unpause(reason: number): void {
    if ((this.#paused & reason) === 0) return;
    this.#paused &= ~reason;
    if (this.#paused === 0) this.#socket.resume();
  }
}
