import { SewerError, type Random } from "@sewer/core";
import type { FileStore, FileUpload, PublishOutcome, VerifiedFile, WrittenFile } from "../../src/index.ts";
import type { FarSide } from "./far-side.ts";

/** A process: once it has died, nothing that it began goes on. */
export class Life {
  isOver = false;
  /** Steps left until it dies. */
  left: number;
  readonly #end: () => void;

  constructor(left: number, end: () => void) {
    this.left = left;
    this.#end = end;
  }

  /** One step of the process. Dead processes wait for ever. */
  async step(): Promise<void> {
    if (!this.isOver && this.left-- <= 0) {
      this.isOver = true;
      this.#end();
    }
    if (this.isOver) await new Promise(() => {});
  }
}

export interface FarStoreOptions {
  readonly far: FarSide;
  readonly life: Life;
  readonly random: Random;
  readonly batch: string;
  /** How likely a call fails, in one way or another. */
  readonly faults: number;
  readonly hasConsumer: boolean;
  readonly flaw?: Flaw | undefined;
}

/** What a protocol could do wrong; each must be noticed. */
export const flaws = [
  "verifies nothing",
  "publishes over what is there",
  "withdraws nothing",
  "deletes nothing",
  "forgets what was begun",
  "forgets what was verified",
] as const;

/** One of {@link flaws}. */
export type Flaw = (typeof flaws)[number];

/** What a store makes of a {@link FarSide}: answers get lost, requests hang, uploads are cut. */
export class FarStore implements FileStore {
  readonly #options: FarStoreOptions;

  constructor(options: FarStoreOptions) {
    this.#options = options;
  }

  async open(): Promise<void> {}
  async close(): Promise<void> {}

  async write({ path, chunks }: FileUpload): Promise<WrittenFile> {
    const { far, life, batch } = this.#options;
    await this.#step();
    const parts: Buffer[] = [];
    for await (const chunk of chunks) parts.push(Buffer.from(chunk));
    const whole = Buffer.concat(parts);
    const cut = whole.subarray(0, Math.floor(this.#options.random.next() * whole.length));
    if (this.#happens(0.3)) {
      // The DataNode hangs: the file comes up later, cut where the connection was closed.
      far.later(() => far.create(path, { bytes: cut, batch, isLate: true }));
      throw again("no 100 Continue");
    }
    if (this.#happens(0.3)) {
      far.create(path, { bytes: cut, batch, isLate: false });
      await life.step();
      throw again("the upload was cut");
    }
    // The 201 may get lost, and then the file may be short.
    const isConfirmed = !this.#happens(0.4);
    const bytes = isConfirmed || this.#happens(0.8) ? whole : cut;
    far.create(path, { bytes, batch, isLate: false });
    await this.#step();
    return { path, bytes: whole.length, checksum: "test:1", isConfirmed };
  }

  async verify(written: WrittenFile): Promise<VerifiedFile> {
    await this.#step();
    const file = this.#options.far.files.get(written.path);
    const isSame = this.#options.flaw === "verifies nothing" || file?.bytes.length === written.bytes;
    if (file === undefined || !isSame) throw again("the file differs");
    return { ...written, id: file.id };
  }

  async publish(file: VerifiedFile, path: string): Promise<PublishOutcome> {
    const { far, life } = this.#options;
    await this.#step();
    if (this.#happens(0.3)) {
      far.later(() => far.rename(file.path, path));
      await life.step();
      throw new SewerError("TEST_NO_ANSWER", "the NameNode hangs");
    }
    if (this.#options.flaw === "publishes over what is there") far.files.delete(path);
    const answer = far.rename(file.path, path);
    await this.#step();
    if (this.#happens(0.3)) throw new SewerError("TEST_NO_ANSWER", "the answer got lost");
    if (answer === "done") return "published";
    const now = far.pathOfId(file.id);
    if (now !== undefined && now !== file.path) return "published";
    return answer === "exists" || far.files.has(path) ? "exists" : "gone";
  }

  async withdraw(file: VerifiedFile): Promise<"withdrawn" | "published"> {
    const { far } = this.#options;
    await this.#step();
    if (this.#options.flaw === "withdraws nothing") return "withdrawn";
    if (far.files.delete(file.path)) return "withdrawn";
    return far.pathOfId(file.id) === undefined ? "withdrawn" : "published";
  }

  /** Deliveries do not ask. */
  async difference(): Promise<undefined> {}

  async *read(path: string): AsyncGenerator<Buffer> {
    await this.#step();
    const file = this.#options.far.files.get(path);
    if (file !== undefined) yield file.bytes;
  }

  async remove(path: string): Promise<void> {
    await this.#step();
    if (this.#options.flaw !== "deletes nothing") this.#options.far.files.delete(path);
    await this.#step();
  }

  async list(directory: string, prefix: string): Promise<string[]> {
    await this.#step();
    const names = [...this.#options.far.files.keys()].filter((path) => path.startsWith(`${directory}/`));
    return names.map((path) => path.slice(directory.length + 1)).filter((name) => name.startsWith(prefix));
  }

  isWorthAnotherAttempt(error: unknown): boolean {
    return error instanceof SewerError && error.code === "TEST_AGAIN";
  }

  locationOf(path: string): string {
    return `far:${path}`;
  }

  /** Time passes, the process may die, the call may fail before anything was sent. */
  async #step(): Promise<void> {
    const { far, life, hasConsumer } = this.#options;
    far.pass(hasConsumer);
    await life.step();
    if (this.#happens(0.2)) throw new SewerError("TEST_DOWN", "nothing was sent");
  }

  #happens(share: number): boolean {
    const { random, faults } = this.#options;
    return random.next() < faults * share;
  }
}

function again(what: string): SewerError {
  return new SewerError("TEST_AGAIN", what);
}
