import { dirname } from "node:path/posix";
import type { FileStore } from "./file-store.ts";
import { temporaryFilesIn } from "./temporary-names.ts";

/** Directories that are remembered. A backlog goes oldest first, so few are written to at a time. */
const directoriesMax = 16;
/** Files of one directory that are remembered; where there are more, every batch looks for itself. */
const filesMax = 10_000;

/**
 * What earlier processes may have left where a backlog is delivered. Each directory is looked at once: a listing
 * for each of its batches would cost more the more of them are delivered.
 *
 * It does not know what this process leaves: of that each batch's own journal tells.
 */
export class LeftOvers {
  readonly #store: FileStore;
  /** By directory: the final names of files that have temporary ones. */
  readonly #found = new Map<string, ReadonlySet<string> | "too many">();

  constructor(store: FileStore) {
    this.#store = store;
  }

  /** True when there may be temporary files of the file whose final name is `path`. */
  async mayBe(path: string, signal: AbortSignal): Promise<boolean> {
    const directory = dirname(path);
    const found = this.#found.get(directory) ?? (await this.#look(directory, signal));
    return found === "too many" || found.has(path);
  }

  /** Another process may deliver from now on: what was seen counts no more. */
  forget(): void {
    this.#found.clear();
  }

  /** Deliveries that begin together each look, so that none depends on another's signal. */
  async #look(directory: string, signal: AbortSignal): Promise<ReadonlySet<string> | "too many"> {
    const files = await temporaryFilesIn(this.#store, directory, signal);
    const found = files.size > filesMax ? "too many" : files;
    this.#found.set(directory, found);
    const [oldest] = this.#found.keys();
    if (this.#found.size > directoriesMax && oldest !== undefined) this.#found.delete(oldest);
    return found;
  }
}
