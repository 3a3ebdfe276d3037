/** A field of a date, by its SimpleDateFormat letters. */
export type DateField = "yyyy" | "MM" | "dd" | "HH" | "mm" | "ss" | "SSS";

/** A field, or text between fields. */
export type DatePiece = { readonly field: DateField } | { readonly field?: undefined; readonly text: string };

/**
 * Reads the part of SimpleDateFormat that path patterns use: the fields `yyyy MM dd HH mm ss SSS` in any
 * mix with `/ - _ .` and digits, which stand for themselves (`yyyy-MM-dd/HH00`).
 *
 * @returns undefined when it is no such format or holds no field.
 */
export function parseDateFormat(text: string): DatePiece[] | undefined {
  if (!/^(?:yyyy|MM|dd|HH|mm|ss|SSS|[/\-_.0-9])+$/.test(text)) return undefined;
  const pieces = text.match(/[A-Za-z]+|[^A-Za-z]+/g)?.flatMap(splitRun) ?? [];
  return pieces.some((piece) => piece.field !== undefined) ? pieces : undefined;
}

/** Letters that touch (`yyyyMMdd`) are several fields. */
function splitRun(run: string): DatePiece[] {
  const fields = run.match(/yyyy|MM|dd|HH|mm|ss|SSS/g);
  return fields === null ? [{ text: run }] : fields.map((field) => ({ field: field as DateField }));
}

/** Writes `epochMs` as wall clock time of `timeZone` (IANA; midnight is 00). */
export function formatDate(pieces: readonly DatePiece[], epochMs: number, timeZone: string): string {
  const fields = dateFields(epochMs, timeZone);
  return pieces.map((piece) => (piece.field === undefined ? piece.text : fields[piece.field])).join("");
}

function dateFields(epochMs: number, timeZone: string): Record<DateField, string> {
  const formatter = new Intl.DateTimeFormat("en-US-u-ca-iso8601-nu-latn", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
  });
  const parts = new Map(formatter.formatToParts(epochMs).map((part) => [part.type, part.value]));
  const field = (type: Intl.DateTimeFormatPartTypes, digits: number): string =>
    (parts.get(type) ?? "").padStart(digits, "0");
  return {
    yyyy: field("year", 4),
    MM: field("month", 2),
    dd: field("day", 2),
    HH: field("hour", 2),
    mm: field("minute", 2),
    ss: field("second", 2),
    SSS: field("fractionalSecond", 3),
  };
}

/** True for a name that {@link formatDate} takes: `UTC`, `Europe/Rome`. */
export function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat("en-US", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
