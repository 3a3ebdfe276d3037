import { readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ConfigDocument } from "./config-document.ts";
import { sortedProblems, type ConfigProblem } from "./config-problem.ts";
import { clashProblems, shapeProblems } from "./config-rules.ts";
import { configSchema } from "./config-schema.ts";
import { configOf, type Config } from "./config.ts";
import { defaultConfig } from "./default-config.ts";
import type { Environment } from "./interpolate.ts";
import { notBuiltProblems } from "./not-built-yet.ts";
import { schemaProblems } from "./schema-problems.ts";

/** A config file longer than this is a mistake. */
const fileBytesMax = 1024 * 1024;

/** Where a config is looked for. */
export interface ConfigPlace {
  /** What `-c` names. */
  readonly file?: string | undefined;
  readonly env: Environment;
  readonly cwd: string;
}

/** A config, or everything that is wrong with it. */
export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/**
 * Reads the config: the file of `-c`, else of `SEWER_CONFIG`, else `./sewer.yaml` if it is there, else
 * the embedded default. Relative paths in it start from the file's directory, or from `cwd`.
 */
export async function loadConfig(place: ConfigPlace): Promise<ConfigResult> {
  const named = place.file ?? (place.env["SEWER_CONFIG"] || undefined);
  const file = named ?? "sewer.yaml";
  const path = resolve(place.cwd, file);
  try {
    const text = await readText(path);
    return parseConfig({ file, text, baseDir: dirname(path), env: place.env });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (named === undefined && code === "ENOENT") {
      const embedded = { file: "(embedded default)", text: defaultConfig };
      return parseConfig({ ...embedded, baseDir: place.cwd, env: place.env });
    }
    const reason = code === "ENOENT" ? "there is no such file" : message;
    return { ok: false, problems: [{ file, line: 1, column: 1, message: `cannot be read: ${reason}` }] };
  }
}

/** A config's text and where it stands. */
export interface ConfigText {
  readonly file: string;
  readonly text: string;
  readonly baseDir: string;
  readonly env: Environment;
}

/** Parses and validates. Gives every problem at once, not only the first. */
export function parseConfig({ file, text, baseDir, env }: ConfigText): ConfigResult {
  const document = new ConfigDocument(file, text, env);
  if (document.data === undefined) return { ok: false, problems: sortedProblems(document.problems) };
  const parsed = configSchema.safeParse(document.data);
  const wrong = parsed.success ? [] : schemaProblems(document, parsed.error.issues);
  // A key that holds nonsense is told once, as nonsense.
  const isTold = ({ message }: ConfigProblem): boolean =>
    wrong.some((problem) => problem.message.startsWith(message.slice(0, message.indexOf(":"))));
  const notBuilt = notBuiltProblems(document).filter((problem) => !isTold(problem));
  const found = [...wrong, ...shapeProblems(document), ...notBuilt];
  // A scalar whose variable is not set is wrong once; what its text would mean is no news.
  const unresolved = new Set(document.problems.map(placeOf));
  const problems = [...document.problems, ...found.filter((problem) => !unresolved.has(placeOf(problem)))];
  if (!parsed.success || problems.length > 0) return { ok: false, problems: sortedProblems(problems) };
  const config = configOf(file, baseDir, parsed.data);
  const clashes = clashProblems(document, config);
  return clashes.length > 0 ? { ok: false, problems: sortedProblems(clashes) } : { ok: true, config };
}

async function readText(path: string): Promise<string> {
  const { size } = await stat(path);
  if (size > fileBytesMax) throw new Error(`it is longer than ${fileBytesMax} bytes`);
  return readFile(path, "utf8");
}

function placeOf(problem: ConfigProblem): string {
  return `${problem.line}:${problem.column}`;
}
