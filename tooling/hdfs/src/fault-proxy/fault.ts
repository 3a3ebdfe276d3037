import { Armed } from "../armed.ts";
import type { RequestMatch } from "../request-match.ts";

/** `request`: from the client to the server. `answer`: back. */
export type Side = "request" | "answer";

/**
 * How a connection ends, towards the client and the server alike.
 *
 * - `fin`: in order, as by a process that closes its sockets.
 * - `rst`: at once, what is under way is lost.
 * - `silence`: not at all. Nothing goes through any more and nobody is told, as when a host loses its power.
 */
export type Ending = "fin" | "rst" | "silence";

/** What is done to one request and its answer. Interim answers (`100 Continue`) go through untouched. */
export type Fault =
  | {
      /** Ends the connection when exactly so many bytes of the message went through. */
      readonly kind: "cut";
      readonly side: Side;
      /** As they are on the wire, so with the sizes of chunks. More than there are: nothing happens. */
      readonly afterBytes: number;
      /** Whether the bytes are counted behind the blank line of the head, or from its first byte. @default "body" */
      readonly from?: "body" | "head";
      /** @default "fin" */
      readonly how?: Ending;
    }
  | {
      /** Lets the server do its work and drops the answer, once its head is there. */
      readonly kind: "swallow";
      /** @default "fin" */
      readonly how?: Ending;
    }
  | {
      /**
       * Keeps the request, or the answer, until `release()`. A request that is held reaches the server even
       * when its client is gone by then, over a connection of its own.
       */
      readonly kind: "hold";
      /** @default "request" */
      readonly side?: Side;
    }
  | {
      readonly kind: "delay";
      readonly ms: number;
      /** @default "request" */
      readonly side?: Side;
    }
  | {
      readonly kind: "throttle";
      readonly bytesPerSecond: number;
      /** @default "request" */
      readonly side?: Side;
    };

/** Which side a fault works on. */
export function sideOf(fault: Fault): Side {
  return fault.kind === "swallow" ? "answer" : (fault.side ?? "request");
}

/** A fault that waits for its requests. Of those that it struck, delayed and throttled ones may be under way. */
export class ArmedFault extends Armed {
  readonly fault: Fault;
  readonly #released = Promise.withResolvers<void>();

  constructor(match: RequestMatch, fault: Fault) {
    super(match);
    this.fault = fault;
  }

  /** Lets go what a `hold` holds, and disarms it. */
  release(): void {
    this.disarm();
    this.#released.resolve();
  }

  /** @internal */
  get released(): Promise<void> {
    return this.#released.promise;
  }
}
