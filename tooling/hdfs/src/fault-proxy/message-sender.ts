import { once } from "node:events";
import { sleep, type Clock } from "@sewer/core";
import type { ArmedFault, Ending } from "./fault.ts";
import type { SeenRequest } from "../request-match.ts";

/** Where a message goes, and what is done to it on its way. */
export interface MessageSenderOptions {
  /** Undefined: it goes as it is. */
  readonly armed: ArmedFault | undefined;
  readonly request: SeenRequest;
  readonly clock: Clock;
  /** Ends every wait. */
  readonly signal: AbortSignal;
  readonly write: (bytes: Buffer) => Promise<void>;
  readonly end: (how: Ending) => void;
}

/** So many pieces a second a throttled message is sent in. */
const piecesPerSecond = 20;

/** Sends one message in one direction, and does to it what its fault says. */
export class MessageSender {
  readonly #options: MessageSenderOptions;
  #sent = 0;
  /** The length at which it is cut. */
  #cutAt = Infinity;
  #isCut = false;

  constructor(options: MessageSenderOptions) {
    this.#options = options;
  }

  /** The first part of it, with which its fault begins. */
  async sendHead(head: Buffer): Promise<void> {
    const { clock, signal, end } = this.#options;
    const fault = this.#options.armed?.fault;
    switch (fault?.kind) {
      case "cut":
        this.#cutAt = fault.afterBytes + (fault.from === "head" ? 0 : head.length);
        break;
      case "swallow":
        end(fault.how ?? "fin");
        return this.#strike();
      case "hold":
        this.#strike();
        await Promise.race([this.#options.armed?.released, once(signal, "abort")]);
        break;
      case "delay":
        this.#strike();
        await sleep(clock, fault.ms, signal);
        break;
      case "throttle":
        this.#strike();
        break;
      case undefined:
        break;
    }
    await this.#send(head);
  }

  /** A further part of it. */
  async sendBody(bytes: Buffer): Promise<void> {
    await this.#send(bytes);
  }

  async #send(bytes: Buffer): Promise<void> {
    const fault = this.#options.armed?.fault;
    if (this.#isCut) return;
    const left = bytes.subarray(0, this.#cutAt - this.#sent);
    if (fault?.kind === "throttle") await this.#sendSlowly(left, fault.bytesPerSecond);
    else await this.#options.write(left);
    this.#sent += left.length;
    if (this.#sent < this.#cutAt) return;
    this.#isCut = true;
    this.#options.end((fault?.kind === "cut" && fault.how) || "fin");
    this.#strike();
  }

  async #sendSlowly(bytes: Buffer, bytesPerSecond: number): Promise<void> {
    const { clock, signal, write } = this.#options;
    const pieceBytes = Math.ceil(bytesPerSecond / piecesPerSecond);
    for (let at = 0; at < bytes.length && !signal.aborted; at += pieceBytes) {
      const piece = bytes.subarray(at, at + pieceBytes);
      await write(piece);
      await sleep(clock, (piece.length * 1000) / bytesPerSecond, signal);
    }
  }

  #strike(): void {
    const { armed, request } = this.#options;
    armed?.strike(request);
  }
}
