import type { Random } from "@sewer/core";
import {
  applyChange,
  copyRange,
  sectorBytes,
  type DirectoryNode,
  type FileNode,
  type NameChange,
} from "./nodes.ts";

/** Content that other files have or had: what a block holds that was given to a file and never written. */
export type StaleContent = readonly Buffer[];

/** A whole number from 0 to `below` - 1. */
export function below(random: Random, limit: number): number {
  return Math.floor(random.next() * limit);
}

/** What a power cut leaves of a file: sectors of any of its versions, and nothing that was synced lost. */
export function survivingContent(file: FileNode, random: Random, stale: StaleContent): Buffer {
  if (file.versions.length === 0) return file.durable;
  const mode = random.next();
  if (mode < 0.15) return file.durable;
  if (mode < 0.3) return file.content;
  const candidates = [file.durable, ...file.versions];
  const newest = candidates.length - 1;
  const length = survivingLength(candidates, mode < 0.6 ? newest : undefined, random);
  const cut = below(random, Math.ceil(length / sectorBytes) + 1);
  const source = random.next() < 0.5 ? undefined : stale[below(random, stale.length)];
  const result = Buffer.alloc(length);
  for (let sector = 0; sector * sectorBytes < length; sector++) {
    let version: number;
    if (mode < 0.45) version = sector < cut ? newest : 0;
    else if (mode < 0.6) version = random.next() < 0.5 ? newest : 0;
    else version = below(random, candidates.length);
    copySector(result, sector, candidates[version]!, source);
    if (random.next() < 0.02) {
      // Torn within: the first bytes of one version, the rest of another.
      const other = candidates[below(random, candidates.length)]!;
      const end = sector * sectorBytes + below(random, sectorBytes);
      copyRange(other, result, sector * sectorBytes, Math.min(end, length));
    }
  }
  return result;
}

function survivingLength(candidates: readonly Buffer[], version: number | undefined, random: Random): number {
  if (version !== undefined) return candidates[version]!.length;
  const length = candidates[below(random, candidates.length)]!.length;
  if (random.next() < 0.5) return length;
  const lengths = candidates.map((candidate) => candidate.length);
  const least = Math.min(...lengths);
  const cut = below(random, Math.ceil(Math.max(...lengths) / sectorBytes) + 1) * sectorBytes;
  return Math.max(least, Math.min(cut, Math.max(...lengths)));
}

/** A sector that the version does not reach holds zeros, or what its block held before. */
function copySector(result: Buffer, sector: number, version: Buffer, stale: Buffer | undefined): void {
  const start = sector * sectorBytes;
  const end = Math.min(start + sectorBytes, result.length);
  if (version.length < end && stale !== undefined) copyRange(stale, result, start, end);
  copyRange(version, result, start, end);
}

/** What a power cut leaves of a directory: its durable names, with all, none, the first or any of the changes. */
export function survivingNames(directory: DirectoryNode, random: Random): ReadonlyMap<string, number> {
  const { changes, durable } = directory;
  if (changes.length === 0) return durable;
  const mode = random.next();
  if (mode < 0.25) return durable;
  if (mode < 0.4) return directory.names;
  const names = new Map(durable);
  const first = below(random, changes.length + 1);
  for (const [index, change] of changes.entries()) {
    const isKept = mode < 0.6 ? index < first : random.next() < 0.5;
    if (isKept) applySurvivor(names, change, mode >= 0.6 && random.next() < 0.3);
  }
  return names;
}

// Without a journal a rename may leave both names.
function applySurvivor(names: Map<string, number>, change: NameChange, isBoth: boolean): void {
  if (change.kind === "rename" && isBoth) names.set(change.name, change.inode);
  else applyChange(names, change);
}
