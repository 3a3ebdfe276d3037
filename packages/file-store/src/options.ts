import { z } from "zod";
import { isTimeZone } from "./date-format.ts";
import { parsePathPattern } from "./path-pattern.ts";

const schema = z
  .enum(["access-log", "sewer-0.5"])
  .default("access-log")
  .describe("Which form the events have: access-log, or sewer-0.5, the class of the original Sewer.");

const level = z
  .int()
  .min(1)
  .max(22)
  .optional()
  .describe(
    "Level of the codec, 1 (fast) to 9, zstd to 22. Default 1 for gzip and deflate, 3 for zstd, 9 for bzip2.",
  );

/** The largest level of each codec; those that have no level are missing. */
const levelMax: Readonly<Record<string, number>> = { deflate: 9, gzip: 9, bzip2: 9, zstd: 22 };

const sequenceFileOptions = z.strictObject({
  type: z.literal("sequencefile").default("sequencefile").describe("Hadoop SequenceFile."),
  schema,
  compression: z
    .enum(["none", "record", "block"])
    .default("block")
    .describe("What is compressed: nothing, each value, or blocks of about 1 MB of records."),
  codec: z
    .enum(["deflate", "gzip", "bzip2", "snappy", "lz4", "zstd"])
    .optional()
    .describe("Hadoop codec of the compression. Default gzip."),
  level,
});

const jsonOptions = z.strictObject({
  type: z.literal("json").describe("One JSON object a line."),
  schema,
  compression: z.enum(["none", "gzip", "zstd"]).default("none").describe("Compression of the whole file."),
  level,
});

/**
 * A sink's `format` (docs/config.md). A missing `format` and a missing `type` mean a SequenceFile;
 * `codec` and `level` are filled in where the compression has one.
 */
export const formatOptions = z
  .discriminatedUnion("type", [sequenceFileOptions, jsonOptions])
  .transform((format, context): ResolvedFormatOptions => {
    const codec = codecOf(format);
    if (format.type === "sequencefile" && format.compression === "none" && format.codec !== undefined) {
      context.addIssue({
        code: "custom",
        path: ["codec"],
        message: "a codec needs compression block or record",
      });
    }
    const max = levelMax[codec ?? ""];
    if (format.level !== undefined && (max === undefined || format.level > max)) {
      const rule =
        max === undefined ? `${codec ?? "compression none"} has no level` : `at most ${max} for ${codec}`;
      context.addIssue({ code: "custom", path: ["level"], message: rule });
    }
    const filled = format.level ?? (codec === "gzip" || codec === "deflate" ? 1 : undefined);
    const { type, schema: events, compression } = format;
    return {
      type,
      schema: events,
      compression,
      ...(type === "sequencefile" && codec !== undefined && { codec }),
      ...(filled !== undefined && { level: filled }),
    } as ResolvedFormatOptions;
  });

/** What a config may say of a format. */
export type FormatOptions = z.input<typeof formatOptions>;

/** A whole format, as it is also stored in a segment's meta. */
export type ResolvedFormatOptions =
  | {
      readonly type: "sequencefile";
      readonly schema: "access-log" | "sewer-0.5";
      readonly compression: "none" | "record" | "block";
      /** Set unless `compression` is `none`. */
      readonly codec?: "deflate" | "gzip" | "bzip2" | "snappy" | "lz4" | "zstd";
      readonly level?: number;
    }
  | {
      readonly type: "json";
      readonly schema: "access-log" | "sewer-0.5";
      readonly compression: "none" | "gzip" | "zstd";
      readonly level?: number;
    };

function codecOf(
  format: z.output<typeof sequenceFileOptions> | z.output<typeof jsonOptions>,
): string | undefined {
  if (format.compression === "none") return undefined;
  return format.type === "json" ? format.compression : (format.codec ?? "gzip");
}

/** A sink's `path`: any pattern that {@link parsePathPattern} takes. It stays text. */
export const pathOption = z
  .string()
  .min(1)
  .superRefine((text, context) => {
    parsePathPattern(text, context);
  })
  .describe("Path pattern of the files, with tokens such as %{yyyy-MM-dd/HH00}, %{host} and %{batch}.");

/** A sink's `timeZone`: in which zone the dates of the path are written. */
export const timeZoneOption = z
  .string()
  .refine(isTimeZone, "expected an IANA time zone like UTC or Europe/Rome")
  .default("UTC")
  .describe("IANA time zone of the dates in the path.");
