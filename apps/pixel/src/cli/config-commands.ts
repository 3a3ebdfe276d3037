import { Option, type Command } from "commander";
import type { ExitCode } from "../exit-codes.ts";
import type { GraphOptions } from "./graph.ts";
import type { Terminal } from "./terminal.ts";

/** The commands that write or draw a config: `init`, `migrate`, `graph`. */
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
}
