import { isDeepStrictEqual } from "node:util";
import { disagreements, type Disagreement } from "./disagreements.ts";
import type { Outcome, Served } from "./outcome.ts";

/** Ends in which nothing is wrong. */
const peaceful: ReadonlySet<string> = new Set(["more", "closed", "HPE_CLOSED_CONNECTION"]);

/**
 * Compares what two servers made of one input. Agreement is: the same requests with the same fields, and then
 * both wait, both end, or both refuse, whatever they call the fault.
 *
 * @param input Latin-1.
 * @returns undefined when they agree, else the class of their disagreement, or what none of them explains.
 */
export function compare(input: string, ours: Outcome, node: Outcome): Disagreement | string | undefined {
  const nodeServed = node.served.map((served) => asRecorded(served));
  const common = commonLength(ours.served, nodeServed);
  const oursIsShort = common === ours.served.length;
  const nodeIsShort = common === nodeServed.length;
  if (!oursIsShort && !nodeIsShort) return describe("another request", input, ours, node);
  const oursIsPeaceful = peaceful.has(ours.end);
  const nodeIsPeaceful = peaceful.has(node.end);
  if (oursIsShort && nodeIsShort) {
    if (!oursIsPeaceful && !nodeIsPeaceful) return undefined;
    if (oursIsPeaceful && nodeIsPeaceful && ours.bodyBytes === node.bodyBytes) {
      const nodeHasClosed = node.end === "HPE_CLOSED_CONNECTION";
      if (ours.end === "closed" || !nodeHasClosed) return undefined;
    }
  }
  // The word of the one that stopped first explains it.
  const found = disagreements.find(
    (known) =>
      ((known.by === "ours" && oursIsShort && known.reason === ours.end) ||
        (known.by === "node" && nodeIsShort && known.reason === node.end)) &&
      known.holds(input),
  );
  return found ?? describe("no class has it", input, ours, node);
}

function commonLength(ours: readonly Served[], node: readonly Served[]): number {
  let length = 0;
  while (length < ours.length && length < node.length && isDeepStrictEqual(ours[length], node[length]))
    length += 1;
  return length;
}

/** What is recorded of a request: the host without port, and of an absolute target its authority (RFC 9112 section 3.2.2). */
function asRecorded(served: Served): Served {
  const absolute = /^https?:\/\/([^/]*)(.*)$/is.exec(served.path);
  const authority = absolute?.[1] ?? served.host;
  const path = absolute === null ? served.path : absolute[2]! || "/";
  return { ...served, host: authority.replace(/:\d*$/, ""), path };
}

function describe(what: string, input: string, ours: Outcome, node: Outcome): string {
  return [
    what,
    `input: ${JSON.stringify(input)}`,
    `ours: ${JSON.stringify(ours)}`,
    `node: ${JSON.stringify(node)}`,
  ].join("\n");
}
