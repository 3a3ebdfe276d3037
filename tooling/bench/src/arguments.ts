import { parseArgs } from "node:util";

/** What the command line asks for. */
export interface BenchArguments {
  readonly suite: "spool";
  readonly rounds: number;
  /** File for the results as JSON; undefined: none. */
  readonly json: string | undefined;
  /** Names of the benchmarks to run; empty: all. */
  readonly only: readonly string[];
}

/** How the program is called. */
export const usage = `Benchmarks as ratios: each figure against a reference measured in the same run.

  pnpm bench spool [--rounds N] [--only NAME]... [--json FILE]

--rounds N    rounds of each benchmark, 1 to 100 [5]
--only NAME   run this one: append, server, verify or backlog; may be repeated
--json FILE   write the results there, too

Exit codes: 0 done, whether the goals are reached or not; 1 failed; 2 wrong command line.
`;

const names = ["append", "server", "verify", "backlog"];

/** Reads the command line. @throws RangeError with a message for whoever typed it. */
export function parseBenchArguments(words: readonly string[]): BenchArguments {
  const { values, positionals } = parse(words);
  if (positionals.length !== 1 || positionals[0] !== "spool") {
    throw new RangeError("name one suite: spool");
  }
  const rounds = Number(values.rounds);
  if (!(Number.isInteger(rounds) && rounds >= 1 && rounds <= 100)) {
    throw new RangeError("--rounds takes a number from 1 to 100");
  }
  const only = values.only ?? [];
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new RangeError(`--only: there is no benchmark "${unknown}"`);
  return { suite: "spool", rounds, json: values.json, only };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        rounds: { type: "string", default: "5" },
        json: { type: "string" },
        only: { type: "string", multiple: true },
      },
    });
  } catch (error) {
    throw new RangeError((error as Error).message, { cause: error });
  }
}
