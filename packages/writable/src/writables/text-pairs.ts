import type { WritableType } from "./writable-type.ts";

/** Two texts that belong together, such as a header's name and value. */
export type TextPair = readonly [first: string, second: string];

/** `TextPairs`: int32 n, then n pairs of Text. No Hadoop class of its own: a part of others. */
export const textPairs: WritableType<TextPair[], readonly TextPair[]> = {
  name: "TextPairs",
  className: "org.apache.hadoop.io.Writable",
  nullable: false,
  empty: undefined,
  encode(target, pairs) {
    target.int32(pairs.length);
    for (const [first, second] of pairs) {
      target.text(first);
      target.text(second);
    }
  },
  decode(source) {
    const count = source.elementCount();
    const pairs: TextPair[] = [];
    for (let index = 0; index < count; index += 1) pairs.push([source.text(), source.text()]);
    return pairs;
  },
};
