/** Collects issues, as zod's transform context does. The parsers below report to it; without one they throw. */
export interface IssueCollector {
  addIssue(issue: { code: "custom"; message: string }): void;
}

const durationUnits: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const sizeUnits: Record<string, number> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 };

/**
 * Reads `250ms`, `30s`, `10m`, `1h`, `30d` or a plain number of milliseconds (docs/config.md).
 * @returns whole milliseconds >= 0; NaN after an issue was reported. @throws RangeError without a collector.
 */
export function parseDuration(value: string | number, issues?: IssueCollector): number {
  const examples = "a duration like 250ms, 30s, 10m, 1h or 30d";
  return parseQuantity(value, durationUnits) ?? report(examples, value, issues);
}

/**
 * Reads `64KiB`, `512MiB`, `50GiB` or a plain number of bytes (docs/config.md).
 * @returns whole bytes >= 0; NaN after an issue was reported. @throws RangeError without a collector.
 */
export function parseSize(value: string | number, issues?: IssueCollector): number {
  return parseQuantity(value, sizeUnits) ?? report("a size like 64KiB, 512MiB or 50GiB", value, issues);
}

function parseQuantity(value: string | number, units: Record<string, number>): number | undefined {
  const match = /^([0-9]+(?:\.[0-9]+)?)([A-Za-z]*)$/.exec(String(value).trim());
  const factor = match?.[2] === "" ? 1 : units[match?.[2] ?? ""];
  const result = Number(match?.[1]) * Number(factor);
  return Number.isSafeInteger(result) ? result : undefined;
}

function report(expected: string, value: string | number, issues?: IssueCollector): number {
  const message = `expected ${expected}, got ${JSON.stringify(value)}`;
  if (issues === undefined) throw new RangeError(message);
  issues.addIssue({ code: "custom", message });
  return NaN;
}
