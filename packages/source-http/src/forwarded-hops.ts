/** One `for=` of a Forwarded element; undefined where an element has none or is out of its grammar. */
export type Hop = string | undefined;

/** Splits one field value into the addresses that it names, in order; some may be no addresses. */
export type SplitHops = (value: string) => readonly Hop[];

/** X-Forwarded-For and fields like it: a list of addresses. */
export const listedHops: SplitHops = (value) => value.split(",");

const token = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const pair = new RegExp(`[ \\t]*(?:(${token})=(?:(${token})|"((?:[^"\\\\]|\\\\.)*)"))?[ \\t]*([;,]|$)`, "y");

/**
 * Forwarded (RFC 7239 section 4): elements separated by commas, pairs by semicolons, `for` in any case. When a
 * quote does not end or a pair is none, nothing of the value is believed.
 */
export const forwardedHops: SplitHops = (value) => {
  const hops: Hop[] = [];
  let hop: Hop;
  pair.lastIndex = 0;
  for (;;) {
    const found = pair.exec(value);
    if (found === null) return [undefined];
    const [, name, bare, quoted, end] = found;
    if (name?.toLowerCase() === "for") hop = bare ?? quoted?.replaceAll(/\\(.)/g, "$1");
    if (end === ";") continue;
    hops.push(hop);
    hop = undefined;
    if (end === "") return hops;
  }
};
