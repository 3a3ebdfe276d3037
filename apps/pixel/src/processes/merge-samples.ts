import type { MetricSample } from "@sewer/core";

/** The samples of several processes as those of one: equal names and labels become one sample, as it says itself. */
export function mergeSamples(lists: readonly (readonly MetricSample[])[]): MetricSample[] {
  const merged = new Map<string, MetricSample>();
  for (const sample of lists.flat()) {
    const labels = Object.entries(sample.labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify([sample.name, labels]);
    const other = merged.get(key);
    merged.set(key, other === undefined ? sample : { ...sample, value: together(sample, other.value) });
  }
  return [...merged.values()];
}

function together({ value, merge }: MetricSample, other: number): number {
  return merge === "max" ? Math.max(value, other) : value + other;
}
