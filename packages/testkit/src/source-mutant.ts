import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";

/** A change of a source that tests should notice. */
export interface SourceMutant {
  readonly name: string;
  /** Below the folder of the sources. */
  readonly file: string;
  /** Text that is there exactly once. */
  readonly find: string;
  readonly replace: string;
}

/**
 * Has this process load the sources with the change, from now on: call it before they are imported.
 *
 * @param sources URL of their folder, which ends in a slash.
 * @throws Error when its text is not there exactly once.
 */
export function loadMutant(mutant: SourceMutant, sources: URL): void {
  const url = new URL(mutant.file, sources).href;
  const changed = mutate(mutant, sources);
  registerHooks({
    load(loaded, context, nextLoad) {
      const result = nextLoad(loaded, context);
      return loaded === url ? { ...result, source: changed } : result;
    },
  });
}

/** The changed source. @throws Error when its text is not there exactly once. */
export function mutate({ name, file, find, replace }: SourceMutant, sources: URL): string {
  const parts = readFileSync(new URL(file, sources), "utf8").split(find);
  if (parts.length === 2) return parts.join(replace);
  throw new Error(`mutant ${name}: its text is ${parts.length - 1} times in src/${file}, not once`);
}
