import { SewerError } from "@sewer/core";
import type {
  FileDifference,
  FileStore,
  FileUpload,
  PublishOutcome,
  VerifiedFile,
  WrittenFile,
} from "../src/index.ts";

type Step =
  | "write"
  | "written"
  | "verify"
  | "publish"
  | "published"
  | "withdraw"
  | "difference"
  | "read"
  | "remove"
  | "list";

/** Files in a map. `fail` is asked before (or, for `written` and `published`, after) each step. */
export class MemoryStore implements FileStore {
  readonly files = new Map<string, Buffer>();
  readonly steps: string[] = [];
  fail: (step: Step, path: string) => void = () => {};
  isOpen = false;
  /** Ids of files that got their final name. */
  readonly published = new Set<string>();
  #ids = 0;

  async open(): Promise<void> {
    this.isOpen = true;
  }

  async close(): Promise<void> {
    this.isOpen = false;
  }

  async write({ path, chunks }: FileUpload, signal: AbortSignal): Promise<WrittenFile> {
    this.#step("write", path);
    if (this.files.has(path)) throw new Error(`${path} exists`);
    this.files.set(path, Buffer.alloc(0));
    for await (const chunk of chunks) {
      signal.throwIfAborted();
      this.files.set(path, Buffer.concat([this.files.get(path)!, chunk]));
    }
    this.#step("written", path);
    return { path, bytes: this.files.get(path)!.length, checksum: "test:1" };
  }

  async verify(written: WrittenFile): Promise<VerifiedFile> {
    this.#step("verify", written.path);
    if (this.files.get(written.path)?.length !== written.bytes)
      throw new SewerError("TEST_MISMATCH", "differs");
    return { ...written, id: String(++this.#ids) };
  }

  async publish({ path: from, id }: VerifiedFile, to: string): Promise<PublishOutcome> {
    this.#step("publish", to);
    if (this.published.has(id)) return "published";
    if (this.files.has(to)) return "exists";
    if (!this.files.has(from)) return "gone";
    this.files.set(to, this.files.get(from)!);
    this.files.delete(from);
    this.published.add(id);
    this.#step("published", to);
    return "published";
  }

  async withdraw({ path, id }: VerifiedFile): Promise<"withdrawn" | "published"> {
    this.#step("withdraw", path);
    this.files.delete(path);
    return this.published.has(id) ? "published" : "withdrawn";
  }

  async difference({ path, bytes }: WrittenFile): Promise<FileDifference | undefined> {
    this.#step("difference", path);
    const length = this.files.get(path)?.length;
    if (length === undefined) return { kind: "missing", text: "is not there" };
    return length === bytes ? undefined : { kind: "length", text: `has ${length} bytes, not ${bytes}` };
  }

  async *read(path: string): AsyncGenerator<Buffer> {
    this.#step("read", path);
    const bytes = this.files.get(path)!;
    for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
  }

  async remove(path: string, _signal: AbortSignal): Promise<void> {
    this.#step("remove", path);
    this.files.delete(path);
  }

  async list(directory: string, prefix: string): Promise<string[]> {
    this.#step("list", directory);
    const paths = [...this.files.keys()].filter((path) => path.startsWith(`${directory}/`));
    return paths.map((path) => path.slice(directory.length + 1)).filter((name) => name.startsWith(prefix));
  }

  isWorthAnotherAttempt(error: unknown): boolean {
    return error instanceof SewerError && error.code === "TEST_AGAIN";
  }

  locationOf(path: string): string {
    return `memory:${path}`;
  }

  #step(step: Step, path: string): void {
    this.steps.push(step);
    this.fail(step, path);
  }
}
