import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";

/** A new directory for each test of the file. @returns the call that gives its path. */
export function temporaryDirectory(): () => string {
  let directory = "";
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "sewer-pixel-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));
  return () => directory;
}
