import type { Clock, Random } from "@sewer/core";

// Crockford's base 32, as ULIDs use it: no I, L, O, U.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const batchIdPattern = /^[0-7][0-9A-HJKMNP-TV-Z]{25}-[0-9]{8,10}$/;
const incarnationPattern = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
const incarnationLength = 26;
const idLengthMin = incarnationLength + 1 + 8;
const sequenceMax = 0xffff_ffff;

/** The two halves of a batch id. */
export interface BatchIdParts {
  readonly incarnation: string;
  readonly sequence: number;
}

/**
 * A new ULID: 48 bits of time, 80 of chance, as 26 characters. Every start of a writer takes one, because
 * an id that comes back with other content makes an idempotent sink swallow data.
 */
export function newIncarnation(clock: Clock, random: Random): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(Math.max(0, Math.min(clock.now(), 2 ** 48 - 1)), 0, 6);
  bytes.set(random.bytes(10), 6);
  return incarnationOfBytes(bytes);
}

/** True for the name of a writer's directory. */
export function isIncarnation(text: string): boolean {
  return incarnationPattern.test(text);
}

/** `<incarnation>-<sequence, 8 digits at least>` (docs/formats/record.md). */
export function batchIdOf(incarnation: string, sequence: number): string {
  return `${incarnation}-${String(sequence).padStart(8, "0")}`;
}

/** True for a batch id. Told of every name of a large directory, so it makes no garbage. */
export function isBatchId(text: string): boolean {
  if (!batchIdPattern.test(text)) return false;
  if (text.length === idLengthMin) return true;
  return text.charAt(incarnationLength + 1) !== "0" && sequenceIn(text) <= sequenceMax;
}

/** Takes a batch id apart; undefined when it is none. */
export function parseBatchId(text: string): BatchIdParts | undefined {
  if (!isBatchId(text)) return undefined;
  return { incarnation: text.slice(0, incarnationLength), sequence: sequenceIn(text) };
}

function sequenceIn(batchId: string): number {
  return Number(batchId.slice(incarnationLength + 1));
}

/** The 16 bytes that a segment header holds for an incarnation. */
export function bytesOfIncarnation(incarnation: string): Buffer {
  let value = 0n;
  for (const character of incarnation) value = value * 32n + BigInt(alphabet.indexOf(character));
  return Buffer.from(value.toString(16).padStart(32, "0"), "hex");
}

/** When the writer of this name started, epoch milliseconds: none of its records is older. */
export function startMsOf(incarnation: string): number {
  return bytesOfIncarnation(incarnation).readUIntBE(0, 6);
}

/** The reverse of {@link bytesOfIncarnation}. */
export function incarnationOfBytes(bytes: Uint8Array): string {
  let value = BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
  let text = "";
  for (let i = 0; i < 26; i++) {
    text = alphabet[Number(value % 32n)]! + text;
    value /= 32n;
  }
  return text;
}
