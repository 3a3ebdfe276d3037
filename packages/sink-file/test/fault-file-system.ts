import type { FileHandle, FileSystem } from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";

/** One call that reached the file system. */
export interface Call {
  readonly name: keyof FileSystem | keyof FileHandle;
  readonly path: string;
}

/** The real file system, with a `before` that may throw instead of the call, and `after` it. */
export class FaultFileSystem {
  readonly calls: Call[] = [];
  openFiles = 0;
  /** Writes are answered and not done. */
  losesWrites = false;
  before: (call: Call) => void = () => {};
  after: (call: Call) => void = () => {};

  /** What a sink is given. */
  get fs(): FileSystem {
    const methods = Object.entries(nodeFileSystem) as [
      keyof FileSystem,
      (...args: unknown[]) => Promise<unknown>,
    ][];
    const wrapped = methods.map(([name, method]) => [
      name,
      (...args: unknown[]) =>
        this.#call({ name, path: String(args.at(name === "link" ? 1 : 0)) }, async () => {
          const result = await method(...args);
          return name === "open" ? this.#handle(result as FileHandle, String(args[0])) : result;
        }),
    ]);
    return { ...(Object.fromEntries(wrapped) as FileSystem), readdir: (path) => this.#readdir(path) };
  }

  async *#readdir(path: string): AsyncGenerator<string, void, undefined> {
    const names = () => Array.fromAsync(nodeFileSystem.readdir(path));
    yield* await this.#call({ name: "readdir", path }, names);
  }

  #handle(handle: FileHandle, path: string): FileHandle {
    this.openFiles++;
    return {
      read: (buffer, position) => this.#call({ name: "read", path }, () => handle.read(buffer, position)),
      // Short writes happen: half of the bytes each time.
      write: (buffer, position) =>
        this.#call({ name: "write", path }, async () =>
          this.losesWrites
            ? buffer.length
            : handle.write(buffer.subarray(0, Math.ceil(buffer.length / 2)), position),
        ),
      datasync: () => this.#call({ name: "datasync", path }, () => handle.datasync()),
      truncate: (length) => handle.truncate(length),
      stat: () => handle.stat(),
      // Closed in any case, as the kernel does it; only the answer may be an error.
      close: async () => {
        this.openFiles--;
        await handle.close();
        await this.#call({ name: "close", path }, async () => {});
      },
    };
  }

  async #call<Result>(call: Call, work: () => Promise<Result>): Promise<Result> {
    this.calls.push(call);
    this.before(call);
    const result = await work();
    try {
      this.after(call);
    } catch (error) {
      // The caller never learns of a file that was opened.
      if (call.name === "open") await (result as FileHandle).close().catch(() => {});
      throw error;
    }
    return result;
  }
}

/** An error as Node throws it. */
export function nodeError(code: string): Error {
  return Object.assign(new Error(`${code}: made by the test`), { code });
}
