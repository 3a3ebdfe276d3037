import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { readConfig } from "./read-config.ts";
import type { Terminal } from "./terminal.ts";

/** Validates a config and, with `connect`, opens and closes the sinks of its flows. */
export async function check(
  options: { readonly config?: string; readonly connect?: boolean },
  terminal: Terminal,
): Promise<ExitCode> {
  const config = await readConfig(options, terminal);
  if (options.connect === true) {
    const { connectSinks } = await import("../runtime/connect-sinks.ts");
    const failures = await connectSinks(config);
    for (const failure of failures) terminal.stderr.write(`sewer: ${failure}\n`);
    if (failures.length > 0) return exitCodes.io;
  }
  const names = config.flows.map((flow) => flow.name).join(", ");
  terminal.stdout.write(`${config.file}: ok (flows: ${names})\n`);
  return exitCodes.ok;
}
