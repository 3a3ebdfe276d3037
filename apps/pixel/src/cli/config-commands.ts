import { Argument, Option, type Command } from "commander";
import type { ExitCode } from "../exit-codes.ts";
import type { GraphOptions } from "./graph.ts";
import { schemaNames, type SchemaName } from "./schema-names.ts";
import type { Terminal } from "./terminal.ts";

/** The commands that write or draw a config or a schema: `init`, `migrate`, `graph`, `schema`. */
export function addConfigCommands(
  program: Command,
  terminal: Terminal,
  done: (code: ExitCode) => void,
): void {
  program
    .command("init")
    .description("Writes a starter config with comments. Never overwrites.")
    .argument("[file]", "where to", "sewer.yaml")
    .action(async (file: string) => {
      const { init } = await import("./init.ts");
      done(await init(file, terminal));
    });
  program
    .command("migrate")
    .description(
      "Prints the flow config for a config.properties of Sewer 0.5, or says what has no counterpart.",
    )
    .argument("<file>", "config.properties")
    .action(async (file: string) => {
      const { migrate } = await import("./migrate.ts");
      done(await migrate(file, terminal));
    });
  program
    .command("graph")
    .description("Prints the way of the events of a config, for Graphviz.")
    .option("-c, --config <file>", "flow config; default: as start")
    .addOption(new Option("--mermaid", "as a Mermaid flowchart").conflicts("json"))
    .option("--json", "as one JSON object: nodes and edges")
    .action(async (options: GraphOptions) => {
      const { graph } = await import("./graph.ts");
      done(await graph(options, terminal));
    });
  program
    .command("schema")
    .description(
      "Prints the JSON Schema of events in JSON files, or the Java class of keys in SequenceFiles.",
    )
    .addArgument(new Argument("[schema]", "which events").choices(schemaNames).default(schemaNames[0]))
    .option("--java", "the Java class, for Hadoop 2 and 3")
    .action(async (name: SchemaName, options: { java?: boolean }) => {
      const { printSchema } = await import("./schema.ts");
      done(printSchema(name, options, terminal));
    });
}
