/** What `sewer schema` can print; the first is the default. Apart, so that `--help` loads no codec. */
export const schemaNames = ["access-log", "access-log-extended", "sewer-0.5"] as const;

/** One of {@link schemaNames}. */
export type SchemaName = (typeof schemaNames)[number];
