import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

/** What of a package.json the rules read. */
export interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly [key: string]: unknown;
}

/** A folder of the workspace with a package.json. */
export interface WorkspacePackage {
  /** Path from the root, with forward slashes: `packages/core`. */
  readonly dir: string;
  readonly manifest: Manifest;
  /** TypeScript files below `src/`. */
  readonly sources: readonly SourceText[];
}

/** A text file and its path from the root, with forward slashes. */
export interface SourceText {
  readonly path: string;
  readonly text: string;
}

/** Something that breaks a rule of the house, and where. */
export interface Violation {
  readonly rule: string;
  readonly path: string;
  readonly message: string;
}

/** Reads every package below `packages/`, `apps/` and `tooling/`. */
export function readWorkspace(root: string): WorkspacePackage[] {
  return ["packages", "apps", "tooling"]
    .filter((group) => existsSync(join(root, group)))
    .flatMap((group) => readdirSync(join(root, group)).map((name) => `${group}/${name}`))
    .filter((dir) => existsSync(join(root, dir, "package.json")))
    .map((dir) => ({
      dir,
      manifest: JSON.parse(readFileSync(join(root, dir, "package.json"), "utf8")),
      sources: readTexts(root, `${dir}/src`, (name) => name.endsWith(".ts")),
    }));
}

const skippedFolders = new Set(["node_modules", "dist", "fixtures", ".reports", ".turbo", ".git", "data"]);

/** Every file below `dir` whose name `accepts`, but for what is generated or brought from outside. */
export function readTexts(root: string, dir: string, accepts: (name: string) => boolean): SourceText[] {
  if (!existsSync(join(root, dir))) return [];
  return readdirSync(join(root, dir), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && accepts(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((path) => !path.split("/").some((folder) => skippedFolders.has(folder)))
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}
