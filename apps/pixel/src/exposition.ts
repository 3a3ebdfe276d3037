/** Gauges of prom-client whose names say that they are counters; others of the same values are named rightly. */
const misnamed = new Set([
  "nodejs_active_handles_total",
  "nodejs_active_requests_total",
  "nodejs_active_resources_total",
]);

/**
 * Makes what prom-client has written what the format asks for (promtool checks it): series that are the parts of
 * a histogram stand under one name with that type, misnamed gauges are left out, and what is not measured yet is
 * NaN, not Nan.
 */
export function exposition(text: string): string {
  const families = text.split(/^(?=# HELP )/m);
  const histograms = new Set(families.map(nameOf).flatMap((name) => /^(.*)_bucket$/.exec(name)?.[1] ?? []));
  return families
    .filter((family) => !misnamed.has(nameOf(family)))
    .map((family) => partOfHistogram(family, histograms))
    .join("")
    .replaceAll(/ Nan$/gm, " NaN");
}

function nameOf(family: string): string {
  return /^# HELP (\S+)/.exec(family)?.[1] ?? "";
}

/** The buckets carry the histogram's head; its sum and count follow them without one. */
function partOfHistogram(family: string, histograms: ReadonlySet<string>): string {
  const [, base = "", part] = /^(.*)_(bucket|sum|count)$/.exec(nameOf(family)) ?? [];
  if (!histograms.has(base)) return family;
  const [help = "", , ...samples] = family.split("\n");
  const body = samples.filter((line) => line !== "").join("\n");
  if (part !== "bucket") return `${body}\n`;
  return `${help.replace(`${base}_bucket`, base)}\n# TYPE ${base} histogram\n${body}\n`;
}
