import type { Random } from "@sewer/core";

/** A file at the far side. */
export interface FarFile {
  readonly id: string;
  readonly bytes: Buffer;
  /** Which batch's records it holds. */
  readonly batch: string;
  /** It came up after whoever wrote it had given up. */
  readonly isLate: boolean;
}

/**
 * A destination in memory that behaves as badly as a real one may: it does what it was asked for minutes
 * later, a consumer takes files away. Whatever becomes visible under a final name is recorded.
 */
export class FarSide {
  readonly files = new Map<string, FarFile>();
  /** Every file that ever got a final name, in order. */
  readonly shown: { readonly path: string; readonly file: FarFile; readonly bytes: Buffer }[] = [];
  readonly #late: (() => void)[] = [];
  readonly #random: Random;
  #ids = 0;
  #moves = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Makes a file, unless there is one. */
  create(path: string, file: Omit<FarFile, "id">): void {
    if (!this.files.has(path)) this.files.set(path, { ...file, id: String(++this.#ids) });
  }

  /** Atomic, replaces nothing. */
  rename(from: string, to: string): "done" | "exists" | "missing" {
    const file = this.files.get(from);
    if (file === undefined) return "missing";
    if (this.files.has(to)) return "exists";
    this.files.delete(from);
    this.files.set(to, file);
    this.shown.push({ path: to, file, bytes: file.bytes });
    return "done";
  }

  pathOfId(id: string): string | undefined {
    for (const [path, file] of this.files) if (file.id === id) return path;
    return undefined;
  }

  /** A request that hangs: it will be carried out at some time, or when {@link settle} is called. */
  later(work: () => void): void {
    this.#late.push(work);
  }

  /** Time passes: some of what hangs happens, a consumer may take a file on. */
  pass(hasConsumer: boolean): void {
    if (this.#late.length > 0 && this.#random.next() < 0.3) {
      const index = Math.floor(this.#random.next() * this.#late.length);
      this.#late.splice(index, 1)[0]?.();
    }
    if (!hasConsumer || this.#random.next() > 0.1) return;
    for (const [path, file] of this.files) {
      if (!path.startsWith("/out/data")) continue;
      this.files.delete(path);
      this.files.set(`/taken/${++this.#moves}`, file);
    }
  }

  /** Everything that hangs happens now. */
  settle(): void {
    for (let work = this.#late.shift(); work !== undefined; work = this.#late.shift()) work();
  }
}
