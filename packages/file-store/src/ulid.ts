import type { Clock, Random } from "@sewer/core";

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Matches what {@link ulid} makes. */
export const ulidPattern = "[0-7][0-9A-HJKMNP-TV-Z]{25}";

/** A new ULID: 48 bits of epoch milliseconds, 80 of chance, as 26 characters of Crockford's base 32. */
export function ulid(clock: Clock, random: Random): string {
  let value = BigInt(Math.max(clock.now(), 0)) & 0xffff_ffff_ffffn;
  for (const byte of random.bytes(10)) value = (value << 8n) | BigInt(byte);
  let text = "";
  for (let i = 0; i < 26; i++) {
    text = alphabet.charAt(Number(value & 31n)) + text;
    value >>= 5n;
  }
  return text;
}
