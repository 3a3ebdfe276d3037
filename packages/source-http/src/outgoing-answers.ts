import { strict as assert } from "node:assert";
import type { Socket } from "node:net";
import { blockAnswersMax, continueAnswer, type Answer, type ServedAnswer } from "./answers.ts";
import type { Engine } from "./engine.ts";
import { refusalStatus } from "./refusals.ts";

/** Equal answers in a row, and the records that they depend on: numbers `first` to `first + count - 1`. */
interface Run {
  readonly answer: Answer;
  count: number;
  /** 0: no record, may be written when its turn comes. */
  first: number;
  /** When the requests came, in monotonic milliseconds. */
  readonly receivedMs: number;
}

/**
 * The answers of one connection, in order. Equal ones are counted, not stored; at the end of a read batch
 * they go out in one write. What is not durable yet waits as a few {@link Run}s.
 */
export class OutgoingAnswers {
  readonly #socket: Socket;
  #engine: Engine;
  #answer: Answer = "plain";
  #count = 0;
  #first = 0;
  #receivedMs = 0;
  /** Made when first needed: with the durability levels `memory` and `interval`, seldom. */
  #waiting: Run[] | undefined;
  #mustDrain = false;

  constructor(socket: Socket, engine: Engine) {
    this.#socket = socket;
    this.#engine = engine;
  }

  /** Goes on with another engine; nothing may wait. */
  moveTo(engine: Engine): void {
    assert(!this.isWaiting && this.#count === 0, "answers wait for records of the former channel");
    this.#engine = engine;
  }

  /** True while answers wait for durability. */
  get isWaiting(): boolean {
    return this.#waiting !== undefined && this.#waiting.length > 0;
  }

  /** True when as many read batches wait as may. */
  get isFull(): boolean {
    return this.#waiting !== undefined && this.#waiting.length >= this.#engine.limits.unansweredReads;
  }

  /** True when the socket has taken more than it could pass on: it will emit `drain`. */
  get mustDrain(): boolean {
    return this.#mustDrain;
  }

  /** The socket emitted `drain`. */
  drained(): void {
    this.#mustDrain = false;
  }

  /** Requests whose answers are not written. */
  get unwritten(): number {
    let count = this.#answer === "continue" ? 0 : this.#count;
    for (const run of this.#waiting ?? []) if (run.answer !== "continue") count += run.count;
    return count;
  }

  /** Starts a read batch. @param receivedMs monotonic milliseconds. */
  begin(receivedMs: number): void {
    this.#receivedMs = receivedMs;
  }

  /** Adds the next answer. @param record number of the record that it needs, 0 for none. */
  add(answer: Answer, record: number): void {
    if (this.#count > 0 && answer !== this.#answer) this.#store();
    if (this.#count === 0) {
      this.#answer = answer;
      this.#first = record;
    }
    this.#count += 1;
  }

  /** Makes the newest 204 of this read batch say `Connection: close`. @returns false when there is none. */
  closeLast(): boolean {
    if (this.#count === 0 || !isServed(this.#answer)) return false;
    const record = this.#first + this.#count - 1;
    this.#count -= 1;
    if (this.#count > 0) this.#store();
    this.add("close", record);
    return true;
  }

  /** Ends a read batch: writes what may be written. @returns false when something is left to wait for. */
  flush(): boolean {
    if (!this.isWaiting) {
      if (this.#count === 0) return true;
      if (this.#first + this.#count - 1 <= this.#engine.channel.durable) {
        const count = this.#count;
        this.#count = 0;
        this.#write(this.#answer, count, this.#receivedMs);
        return true;
      }
    }
    if (this.#count > 0) this.#store();
    return this.release();
  }

  /** Writes the waiting answers whose records are durable now, in order. @returns false when some are left. */
  release(): boolean {
    const waiting = this.#waiting;
    if (waiting === undefined || waiting.length === 0) return true;
    const { durable } = this.#engine.channel;
    this.#socket.cork();
    let done = 0;
    for (const run of waiting) {
      const ready = run.first === 0 ? run.count : Math.min(run.count, durable - run.first + 1);
      if (ready <= 0) break;
      this.#write(run.answer, ready, run.receivedMs);
      run.first += ready;
      run.count -= ready;
      if (run.count > 0) break;
      done += 1;
    }
    waiting.splice(0, done);
    this.#socket.uncork();
    return waiting.length === 0;
  }

  #store(): void {
    const run = {
      answer: this.#answer,
      count: this.#count,
      first: this.#first,
      receivedMs: this.#receivedMs,
    };
    (this.#waiting ??= []).push(run);
    this.#count = 0;
  }

  #write(answer: Answer, count: number, receivedMs: number): void {
    const { answers, statistics, nowMs } = this.#engine;
    const tookMs = nowMs - receivedMs;
    if (isServed(answer)) {
      if (count > blockAnswersMax) this.#socket.cork();
      for (let left = count; left > 0; left -= blockAnswersMax) {
        const bytes = answers.served(answer, Math.min(left, blockAnswersMax));
        if (!this.#socket.write(bytes)) this.#mustDrain = true;
      }
      if (count > blockAnswersMax) this.#socket.uncork();
      statistics.answered(204, count, tookMs);
    } else if (answer === "continue") {
      if (!this.#socket.write(continueAnswer)) this.#mustDrain = true;
      statistics.continues += 1;
    } else if (typeof answer === "object") {
      if (!this.#socket.write(answer.bytes)) this.#mustDrain = true;
      statistics.answered(answer.status, count, tookMs);
    } else {
      if (!this.#socket.write(answers.refusal(answer))) this.#mustDrain = true;
      statistics.answered(refusalStatus[answer], count, tookMs);
    }
  }
}

function isServed(answer: Answer): answer is ServedAnswer {
  return answer === "plain" || answer === "keep-alive" || answer === "close";
}
