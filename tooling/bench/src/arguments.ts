import { parseArgs } from "node:util";

/** What the command line asks for. */
export interface BenchArguments {
  /** Names of the benchmarks to run, all of one suite. */
  readonly names: readonly string[];
  readonly rounds: number;
  /** File for the results as JSON; undefined: none. */
  readonly json: string | undefined;
}

/** How the program is called. */
export const usage = `Benchmarks as ratios: each figure against a reference measured in the same run.

  pnpm bench spool|delivery|http|scale|writable [--rounds N] [--only NAME]... [--json FILE]

--rounds N    rounds of each benchmark, 1 to 100 [5]
--only NAME   run this one; may be repeated
              spool: append, server, verify, backlog; delivery: cost, drain, small, outage
              http: http, latency, idle
              scale: scale
              writable: writable
--json FILE   write the results there, too

Exit codes: 0 done, whether the goals are reached or not; 1 failed; 2 wrong command line.
`;

const suites: Readonly<Record<string, readonly string[]>> = {
  spool: ["append", "server", "verify", "backlog"],
  delivery: ["cost", "drain", "small", "outage"],
  http: ["http", "latency", "idle"],
  scale: ["scale"],
  writable: ["writable"],
};

/** Reads the command line. @throws RangeError with a message for whoever typed it. */
export function parseBenchArguments(words: readonly string[]): BenchArguments {
  const { values, positionals } = parse(words);
  const names = positionals.length === 1 ? suites[positionals[0]!] : undefined;
  if (names === undefined) throw new RangeError(`name one suite: ${Object.keys(suites).join(" or ")}`);
  const rounds = Number(values.rounds);
  if (!(Number.isInteger(rounds) && rounds >= 1 && rounds <= 100)) {
    throw new RangeError("--rounds takes a number from 1 to 100");
  }
  const only = values.only ?? [];
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new RangeError(`--only: there is no benchmark "${unknown}"`);
  const chosen = only.length === 0 ? names : names.filter((name) => only.includes(name));
  return { names: chosen, rounds, json: values.json };
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
