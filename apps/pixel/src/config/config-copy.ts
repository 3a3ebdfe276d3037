import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { SewerError, type FileHandle, type FileSystem } from "@sewer/core";
import { pixelErrors } from "../errors.ts";
import { configBytesMax } from "./parse-config.ts";

/**
 * The last good text that a server gave under a URL, in a file: what a start can go on with when the server is
 * away. It is what the server sent, byte by byte, so variables are in it by name only, and it can be named with
 * `-c` as any other config.
 */
export class ConfigCopy {
  readonly path: string;
  readonly #fs: FileSystem;

  /** @param directory Absolute; it must be there. */
  constructor(fs: FileSystem, directory: string, url: URL) {
    this.#fs = fs;
    // Of the URL without the password, which may change while the config stays.
    const hash = createHash("sha256").update(url.origin + url.pathname + url.search);
    this.path = join(directory, `sewer-last-good-${hash.digest("hex").slice(0, 12)}.yaml`);
  }

  /** @returns undefined when there is none. @throws SewerError `SEWER_CONFIG_COPY` when it cannot be read. */
  async read(): Promise<string | undefined> {
    try {
      const file = await this.#fs.open(this.path, "read");
      try {
        return await readText(file);
      } finally {
        await file.close();
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw this.#failure("read", error);
    }
  }

  /**
   * Replaces it: whenever the machine stops, the old text is there or the new one, whole, and the new one once
   * this has settled.
   *
   * @throws SewerError `SEWER_CONFIG_COPY`; then the old one is still there.
   */
  async replace(text: string): Promise<void> {
    const temporary = `${this.path}.${process.pid}.new`;
    try {
      const file = await this.#fs.open(temporary, "write-or-create");
      try {
        await file.truncate(0);
        await writeAll(file, Buffer.from(text));
        await file.datasync();
      } finally {
        await file.close();
      }
      await this.#fs.rename(temporary, this.path);
      await this.#fs.syncDirectory(dirname(this.path));
    } catch (error) {
      // What is left of it would only take space; the error that counts is the first one.
      await this.#fs.unlink(temporary).catch(() => {});
      throw this.#failure("written", error);
    }
  }

  #failure(verb: "read" | "written", cause: unknown): SewerError {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `the last good copy of the config, ${this.path}, cannot be ${verb}: ${reason}`;
    return new SewerError(pixelErrors.configCopy, message, { cause });
  }
}

async function readText(file: FileHandle): Promise<string> {
  const { size } = await file.stat();
  if (size > configBytesMax) throw new Error(`it is longer than ${configBytesMax} bytes`);
  const bytes = Buffer.alloc(size);
  let done = 0;
  while (done < size) {
    const read = await file.read(bytes.subarray(done), done);
    if (read === 0) break;
    done += read;
  }
  return bytes.toString("utf8", 0, done);
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done), done);
}
