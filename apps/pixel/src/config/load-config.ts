import { readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { defaultConfig } from "./default-config.ts";
import type { Environment } from "./interpolate.ts";
import { configBytesMax, parseConfig, type ConfigResult } from "./parse-config.ts";

/** Where a config is looked for. */
export interface ConfigPlace {
  /** What `-c` names. */
  readonly file?: string | undefined;
  readonly env: Environment;
  readonly cwd: string;
}

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

async function readText(path: string): Promise<string> {
  const { size } = await stat(path);
  if (size > configBytesMax) throw new Error(`it is longer than ${configBytesMax} bytes`);
  return readFile(path, "utf8");
}
