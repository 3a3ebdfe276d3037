import { compare } from "./compare.ts";
import type { Disagreement } from "./disagreements.ts";
import { askNode } from "./node-server.ts";
import type { Outcome } from "./outcome.ts";
import { askOurs } from "./own-server.ts";
import { randomBytes, randomCut, randomInput } from "./random-input.ts";

/** As many connections of node at once: enough to share its turns of the event loop. */
const together = 500;

/**
 * How an input may go on: with the end of a head, of a chunk's data or of its size. Who takes what comes for a body
 * is satisfied by one of them, so a difference in framing shows.
 */
const rests = ["\r\n\r\n", "\r\n0\r\n\r\n", "0\r\n\r\n"];

/** What came of a row of seeds. */
export interface Report {
  /** Inputs by class of disagreement: `ours bad-target`. */
  readonly disagreements: ReadonlyMap<string, number>;
  /** What no class explains, or what broke, with its seed. */
  readonly findings: readonly string[];
}

/**
 * Gives the inputs of the seeds `[first, first + count)` to both servers, whole to node, in two pieces to ours.
 * It stops after ten findings.
 */
export async function runDifferential(first: number, count: number): Promise<Report> {
  const disagreements = new Map<string, number>();
  const findings: string[] = [];
  for (let seed = first; seed < first + count && findings.length < 10; seed += together) {
    const length = Math.min(together, first + count - seed);
    const inputs = Array.from({ length }, (_, index) => Buffer.from(randomInput(seed + index), "latin1"));
    const answers = await askNode(inputs);
    for (const [index, input] of inputs.entries()) {
      const found = await attempt(seed + index, () => {
        const ours = askOurs(piecesOf(input, seed + index));
        return judge(input, ours, answers[index]!);
      });
      if (typeof found === "string") findings.push(found);
      else if (found !== undefined) {
        const name = `${found.by} ${found.reason}`;
        disagreements.set(name, (disagreements.get(name) ?? 0) + 1);
      }
    }
  }
  return { disagreements, findings };
}

/** Random bytes of the seeds: whatever comes, `askOurs` finds its promises kept. */
export async function runNoise(first: number, count: number): Promise<readonly string[]> {
  const findings: string[] = [];
  for (let seed = first; seed < first + count && findings.length < 10; seed += 1) {
    const found = await attempt(seed, () => {
      askOurs(piecesOf(randomBytes(seed), seed));
      return undefined;
    });
    if (found !== undefined) findings.push(found);
  }
  return findings;
}

/**
 * Compares. Which of the two judges a part before it is whole is no difference: where one refuses what the other
 * waits to hear more of, they have to agree whatever comes next.
 */
async function judge(
  input: Buffer,
  ours: Outcome,
  node: Outcome,
): Promise<Disagreement | string | undefined> {
  const found = compare(input.toString("latin1"), ours, node);
  if (typeof found !== "string" || (ours.end !== "more" && node.end !== "more")) return found;
  for (const rest of rests) {
    const whole = Buffer.concat([input, Buffer.from(rest, "latin1")]);
    const [nodeOfWhole] = await askNode([whole]);
    const later = compare(whole.toString("latin1"), askOurs([whole]), nodeOfWhole!);
    if (typeof later === "string") return `${found}\n... followed by ${JSON.stringify(rest)}: ${later}`;
  }
  return undefined;
}

function piecesOf(input: Buffer, seed: number): Buffer[] {
  const cut = randomCut(seed, input.length);
  return [input.subarray(0, cut), input.subarray(cut)].filter(({ length }) => length > 0);
}

/** A finding gets its seed, and what is thrown is one. */
async function attempt<Found>(seed: number, look: () => Found | Promise<Found>): Promise<Found | string> {
  try {
    const found = await look();
    return typeof found === "string" ? `seed ${seed}: ${found}` : found;
  } catch (error) {
    return `seed ${seed}: ${error instanceof Error ? error.stack : String(error)}`;
  }
}
