import type { Page } from "./crossdomain.ts";
import { refusalStatus, type RefusalReason } from "./refusals.ts";
import { headFlag, type RequestHead } from "./request-head.ts";

/**
 * The answers of a recorded request: on a connection that stays open (HTTP/1.1), that stays open as the
 * client asked for (HTTP/1.0), or that closes.
 */
export type ServedAnswer = "plain" | "keep-alive" | "close";

/**
 * What a request is answered: a 204, the refusal of that name, or a page of its own. `continue` comes before: 100.
 */
export type Answer = ServedAnswer | "continue" | RefusalReason | Page;

/** Asks for a body (RFC 9110 section 15.2.1); an interim answer has no fields. */
export const continueAnswer: Buffer = Buffer.from("HTTP/1.1 100 Continue\r\n\r\n", "latin1");

/** The most answers that one block holds. */
export const blockAnswersMax = 64;

/** Seconds after which a client may try again when the channel is full. */
const retryAfterSeconds = 5;

const reasonPhrases: Record<number, string> = {
  400: "Bad Request",
  405: "Method Not Allowed",
  408: "Request Timeout",
  413: "Content Too Large",
  414: "URI Too Long",
  417: "Expectation Failed",
  431: "Request Header Fields Too Large",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
};

interface Block {
  readonly bytes: Buffer;
  readonly answerBytes: number;
  /** Views of the first n answers, made when first asked for. */
  readonly views: (Buffer | undefined)[];
}

/**
 * The bytes of every answer, ready to be written. The Date field (RFC 9110 section 6.6.1) is as old as the
 * last {@link refresh}; bytes given out are never changed, because a slow socket may still hold them.
 */
export class Answers {
  #date = "";
  #blocks: Record<ServedAnswer, Block | undefined> = {
    plain: undefined,
    "keep-alive": undefined,
    close: undefined,
  };

  readonly #allow: string;

  /**
   * @param nowMs epoch milliseconds.
   * @param allow the value of `Allow` in a 405.
   */
  constructor(nowMs: number, allow: string) {
    this.#allow = allow;
    this.refresh(nowMs);
  }

  /** The value of the Date field. */
  get date(): string {
    return this.#date;
  }

  /** Sets the Date field. @param nowMs epoch milliseconds. */
  refresh(nowMs: number): void {
    const date = new Date(nowMs).toUTCString();
    if (date === this.#date) return;
    this.#date = date;
    this.#blocks = { plain: undefined, "keep-alive": undefined, close: undefined };
  }

  /** `count` answers in a row, 1 to {@link blockAnswersMax}. */
  served(answer: ServedAnswer, count: number): Buffer {
    const block = (this.#blocks[answer] ??= this.#block(answer));
    return (block.views[count] ??= block.bytes.subarray(0, count * block.answerBytes));
  }

  /** A refusal: no body, and the connection closes. */
  refusal(reason: RefusalReason): Buffer {
    const status = refusalStatus[reason];
    const lines = [
      `HTTP/1.1 ${status} ${reasonPhrases[status]}`,
      `Date: ${this.#date}`,
      "Content-Length: 0",
      "Connection: close",
    ];
    if (status === 405) lines.push(`Allow: ${this.#allow}`);
    if (status === 503) lines.push(`Retry-After: ${retryAfterSeconds}`);
    return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  }

  /** No Content-Length: a 204 must not have one (RFC 9110 section 8.6). */
  #block(answer: ServedAnswer): Block {
    const lines = [
      "HTTP/1.1 204 No Content",
      `Date: ${this.#date}`,
      "Cache-Control: no-store",
      "Cross-Origin-Resource-Policy: cross-origin",
    ];
    if (answer !== "plain") lines.push(`Connection: ${answer}`);
    const text = `${lines.join("\r\n")}\r\n\r\n`;
    const bytes = Buffer.from(text.repeat(blockAnswersMax), "latin1");
    return { bytes, answerBytes: text.length, views: [] };
  }
}

/** HTTP/1.1 stays open unless told otherwise, HTTP/1.0 the other way round; `close` wins. */
export function answerOf(head: RequestHead): ServedAnswer {
  const persistence = head.flags & (headFlag.close | headFlag.keepAlive);
  if (head.version > 10 && (persistence & headFlag.close) === 0) return "plain";
  return persistence === headFlag.keepAlive ? "keep-alive" : "close";
}
