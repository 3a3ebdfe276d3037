import { readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { isConfigUrl, parseConfigUrl, shownUrl } from "./config-url.ts";
import { defaultConfig } from "./default-config.ts";
import { fetchConfig } from "./fetch-config.ts";
import type { Environment } from "./interpolate.ts";
import { configBytesMax, parseConfig, type ConfigResult } from "./parse-config.ts";

/** Where a config is looked for. */
export interface ConfigPlace {
  /** What `-c` names: a file or a URL. */
  readonly file?: string | undefined;
  readonly env: Environment;
  readonly cwd: string;
}

/** What `-c` names, else `SEWER_CONFIG`. */
export function configName({ file, env }: ConfigPlace): string | undefined {
  return file ?? (env["SEWER_CONFIG"] || undefined);
}

/**
 * Reads the config: what `-c` names, else `SEWER_CONFIG`, else `./sewer.yaml` if it is there, else the embedded
 * default. Relative paths in it start from the file's directory; those of a URL's and of the default from `cwd`.
 *
 * @throws SewerError when a URL's server does not give it: see {@link fetchConfig}.
 */
export async function loadConfig(place: ConfigPlace): Promise<ConfigResult> {
  const name = configName(place);
  if (name !== undefined && isConfigUrl(name)) return loadFromServer(parseConfigUrl(name), place);
  const file = name ?? "sewer.yaml";
  const path = resolve(place.cwd, file);
  let text: string;
  try {
    text = await readText(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (name === undefined && code === "ENOENT") {
      const embedded = { file: "(embedded default)", text: defaultConfig };
      return parseConfig({ ...embedded, baseDir: place.cwd, env: place.env });
    }
    const reason = code === "ENOENT" ? "there is no such file" : message;
    return { ok: false, problems: [{ file, line: 1, column: 1, message: `cannot be read: ${reason}` }] };
  }
  return parseConfig({ file, text, baseDir: dirname(path), env: place.env });
}

async function loadFromServer(url: URL, { env, cwd }: ConfigPlace): Promise<ConfigResult> {
  const { text } = await fetchConfig(url, { env });
  return parseConfig({ file: shownUrl(url), text, baseDir: cwd, env });
}

async function readText(path: string): Promise<string> {
  const { size } = await stat(path);
  if (size > configBytesMax) throw new Error(`it is longer than ${configBytesMax} bytes`);
  return readFile(path, "utf8");
}
