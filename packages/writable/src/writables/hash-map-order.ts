import { hashOf, type WritableInstance } from "./instance.ts";

/**
 * The order in which a `java.util.HashMap` gives entries that were put in this order: bucket by bucket, by insertion
 * within one. Buckets with eight or more keys may come in another order in Java, which makes trees of them.
 *
 * @throws TypeError for a key whose `hashCode` does not depend on its value alone.
 */
export function inHashMapOrder<Entry extends readonly [WritableInstance, WritableInstance]>(
  entries: readonly Entry[],
): Entry[] {
  let capacity = 16;
  while (entries.length > capacity * 0.75) capacity *= 2;
  const bucketOf = ([key]: Entry): number => {
    const hash = hashOf(key);
    return (hash ^ (hash >>> 16)) & (capacity - 1);
  };
  const withBuckets = entries.map((entry) => ({ entry, bucket: bucketOf(entry) }));
  // Sorting is stable.
  return withBuckets.sort((left, right) => left.bucket - right.bucket).map(({ entry }) => entry);
}
