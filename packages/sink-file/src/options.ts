import { formatOptions, pathOption, timeZoneOption } from "@sewer/file-store";
import { z } from "zod";

/** The config of a file sink (docs/config.md). */
export const fileSinkOptions = z.strictObject({
  type: z.literal("file").describe("Files of a local or mounted file system."),
  path: pathOption.describe(
    "Path pattern of the files, relative to the config file: tokens such as %{yyyy-MM-dd/HH00}, %{host}, %{batch}.",
  ),
  timeZone: timeZoneOption,
  format: formatOptions.prefault({}).describe("What the files look like."),
});

/** What a config says of a file sink. */
export type FileSinkOptions = z.input<typeof fileSinkOptions>;

/** The same with every default filled in. */
export type ResolvedFileSinkOptions = z.output<typeof fileSinkOptions>;
