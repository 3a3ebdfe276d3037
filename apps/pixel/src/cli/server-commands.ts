import type { Command } from "commander";
import type { ExitCode } from "../exit-codes.ts";
import type { ReloadOptions } from "./reload.ts";
import type { Terminal } from "./terminal.ts";

/** The commands that ask a running server: `status`, `reload`, `stop`. */
export function addServerCommands(
  program: Command,
  terminal: Terminal,
  done: (code: ExitCode) => void,
): void {
  const configOption = [
    "-c, --config <file>",
    "flow config of the server, a file or a URL; default: as start",
  ] as const;
  program
    .command("status")
    .description("Asks a running server how it stands: per sink, what waits and what is delivered.")
    .option(...configOption)
    .option("--json", "what the admin port's /status answers")
    .action(async (options: { config?: string; json?: boolean }) => {
      const { status } = await import("./status.ts");
      done(await status(options, terminal));
    });
  program
    .command("reload")
    .description("Has the running server read its config again; only what differs is touched.")
    .option(...configOption)
    .option("--dry-run", "only tell what would change")
    .option("--json", "what the admin port's /reload answers")
    .action(async (options: ReloadOptions) => {
      const { reload } = await import("./reload.ts");
      done(await reload(options, terminal));
    });
  program
    .command("stop")
    .description("Has the running server stop cleanly, and waits until it has.")
    .option(...configOption)
    .option("--no-wait", "do not wait")
    .action(async (options: { config?: string; wait: boolean }) => {
      const { stop } = await import("./stop.ts");
      done(await stop(options, terminal));
    });
}
