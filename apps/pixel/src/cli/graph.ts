import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { flowGraph } from "../graph/flow-graph.ts";
import { dotText, mermaidText } from "../graph/graph-text.ts";
import { readConfig } from "./read-config.ts";
import type { Terminal } from "./terminal.ts";

/** How the graph is printed; without any of them in Graphviz's language. */
export interface GraphOptions {
  readonly config?: string;
  readonly mermaid?: boolean;
  readonly json?: boolean;
}

/** Prints the way of the events of a config: sources, spools, sinks. */
export async function graph(options: GraphOptions, terminal: Terminal): Promise<ExitCode> {
  const flows = flowGraph(await readConfig(options, terminal));
  if (options.json === true) terminal.stdout.write(`${JSON.stringify(flows)}\n`);
  else terminal.stdout.write(options.mermaid === true ? mermaidText(flows) : dotText(flows));
  return exitCodes.ok;
}
