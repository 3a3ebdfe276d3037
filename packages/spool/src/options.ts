import { parseDuration, parseSize } from "@sewer/core";
import { z } from "zod";

const duration = z.union([z.string(), z.number()]).transform((value, ctx) => parseDuration(value, ctx));
const size = z.union([z.string(), z.number()]).transform((value, ctx) => parseSize(value, ctx));

const rollOptions = z.strictObject({
  every: duration
    .refine((ms) => !(ms < 1), "must be longer than 0")
    .prefault("30s")
    .describe("age of a batch, counted from its first record, at which it is sealed and delivered"),
  size: size
    .refine((bytes) => !(bytes < 1), "must be larger than 0")
    .prefault("512MiB")
    .describe("size of a batch's file at which it is sealed; passed by one frame at most"),
  align: z.boolean().default(false).describe("seal on even boundaries of `every` (HH:00, HH:30 ...), in UTC"),
});

/** The `spool:` section of a flow (docs/config.md). */
export const spoolOptions = z.strictObject({
  dir: z
    .string()
    .min(1)
    .optional()
    .describe("directory of this flow's spool, its own; relative to the config file [data/spool/<flow>]"),
  durability: z
    .enum(["memory", "interval", "written", "group"])
    .default("interval")
    .describe("what must have happened to an event before its 204 is sent"),
  fsyncInterval: duration
    .refine((ms) => !(ms < 1), "must be longer than 0")
    .prefault("1s")
    .describe("how often written events are synced to the disk at level interval"),
  roll: rollOptions.prefault({}).describe("when a batch is sealed"),
  maxBytes: size.prefault("50GiB").describe("budget of everything below dir, all sinks together"),
  minFree: size
    .optional()
    .describe("free space that the disk keeps, whoever fills it [1GiB, but at most 5 % of the disk]"),
  onFull: z
    .enum(["refuse", "drop-oldest", "block"])
    .default("refuse")
    .describe("what happens to new events when the budget is used up"),
  receipts: z
    .strictObject({
      keep: duration.prefault("30d").describe("age at which the receipts of a day are deleted"),
    })
    .prefault({})
    .describe("the history of what was delivered"),
});

/** What a config may hold under `spool:`. */
export type SpoolOptions = z.input<typeof spoolOptions>;

/** {@link SpoolOptions} with every default filled in; durations in milliseconds, sizes in bytes. */
export type ResolvedSpoolOptions = z.output<typeof spoolOptions>;
