import { parseDuration, type Clock } from "@sewer/core";

/** The time that `7d` (before now), `2026-11-05` (its begin in UTC) or `2026-11-05T12:00Z` means; undefined for none of them. */
export function sinceTime(text: string, clock: Clock): number | undefined {
  const durationMs = parseDuration(text, { addIssue() {} });
  if (!Number.isNaN(durationMs)) return clock.now() - durationMs;
  const isDate = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const dateMs = isDate ? Date.parse(text) : NaN;
  return Number.isNaN(dateMs) ? undefined : dateMs;
}
