/** The program's exit codes (docs/operations/cli.md). */
export const exitCodes = {
  /** It did what was asked. */
  ok: 0,
  /** The command line cannot be understood. */
  usage: 1,
  /** The config is wrong or cannot be read. */
  config: 2,
  /** Reading or writing failed, a file is damaged, or a server cannot be reached. */
  io: 3,
  /** A check found differences. */
  differences: 4,
  /** Start-up failed: port in use, spool locked, spool not writable. */
  startUp: 10,
  /** A bug of ours. */
  internal: 70,
} as const;

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
