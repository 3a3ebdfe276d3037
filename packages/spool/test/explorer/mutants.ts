import { loadMutant, type SourceMutant } from "@sewer/testkit";

/** Where the changed files are. */
export const sources = new URL("../../src/", import.meta.url);

/** A change of the spool's source. */
export interface Mutant extends SourceMutant {
  /** Level of durability that shows it soonest. */
  readonly level?: "memory" | "interval" | "written" | "group";
  /** Calls that fail where it shows soonest. */
  readonly faults?: "syncs" | "notes" | "any" | "full";
  /** Seed of the first scenario that shows it. @default 1 */
  readonly first?: number;
}

/** A change that breaks no promise, and why. */
export interface HarmlessMutant extends Mutant {
  readonly why: string;
}

/** Changes that break a promise of docs/specs/spool.md. */
export const harmful: readonly Mutant[] = [
  {
    name: "no-sync-at-seal",
    file: "writer/sealer.ts",
    find: "if (await this.#options.guard.sync(segment)) await",
    replace: "if (segment.hasFile) await",
    level: "memory",
  },
  {
    name: "no-directory-sync-after-create",
    file: "writer/disk-queue.ts",
    find: "await fs.syncDirectory(segment.directory);",
    replace: "await Promise.resolve();",
    level: "interval",
  },
  {
    name: "acknowledges-before-the-sync",
    file: "writer/durability.ts",
    find: 'return { durableWhen: "synced", syncEveryMs: undefined };',
    replace: 'return { durableWhen: "written", syncEveryMs: undefined };',
    level: "group",
  },
  {
    name: "acknowledges-before-the-write",
    file: "writer/durability.ts",
    find: 'return { durableWhen: "written", syncEveryMs: fsyncIntervalMs };',
    replace: 'return { durableWhen: "committed", syncEveryMs: fsyncIntervalMs };',
    level: "written",
  },
  {
    name: "syncs-a-failed-handle-again",
    file: "writer/segment-draft.ts",
    find: "await this.#handle!.datasync();\n    const before",
    replace: "await this.#handle!.datasync().catch(() => this.#handle!.datasync());\n    const before",
    level: "group",
  },
  {
    name: "no-cut-before-writing-again",
    file: "writer/sealer.ts",
    find: "(cutsBack ? segment.cutBack(fs) : segment.reopen(fs))",
    replace: "segment.reopen(fs)",
    level: "group",
  },
  {
    name: "ids-come-again",
    file: "batch-id.ts",
    find: "bytes.set(random.bytes(10), 6);",
    replace: "bytes.fill(0);",
  },
  {
    name: "no-look-whether-the-directory-is-still-there",
    file: "open-spool.ts",
    find: "if (await isStillThere(fs, directory)) return",
    replace: "return",
  },
  {
    name: "a-directory-that-is-there-counts-as-durable",
    file: "file-access.ts",
    find: "|| !(await fs.stat(path)).isDirectory) throw error;",
    replace: "|| !(await fs.stat(path)).isDirectory) throw error;\n    return;",
  },
  {
    name: "no-salt",
    file: "format/crc.ts",
    find: "return crc32(batchId);",
    replace: "return batchId.length;",
    level: "memory",
  },
  {
    name: "no-checksum-of-payloads",
    file: "format/scan.ts",
    find: "if (crc(payload, salt) === header.payloadCrc) yield",
    replace: "if (payload.length >= 0) yield",
    level: "memory",
  },
  {
    name: "no-sync-of-a-recovered-segment",
    file: "drain/recover.ts",
    find: "await writeFully(handle, seal, end);\n    await handle.datasync();",
    replace: "await writeFully(handle, seal, end);",
  },
  {
    name: "no-sync-of-a-seal-that-was-found",
    file: "drain/recover.ts",
    find: "await writeAgain(context, join(directory, name));",
    replace: "await Promise.resolve(writeAgain);",
    level: "memory",
  },
  {
    name: "takes-over-without-the-lock",
    file: "drain/sweep.ts",
    find: "lock = takeOver === undefined ? undefined : locks.acquire(join(directory, writerLockName));",
    replace:
      "lock = takeOver === undefined ? undefined : (locks.acquire(join(directory, writerLockName)) ?? { release() {} });",
  },
  {
    name: "unlinks-before-the-links-are-durable",
    file: "drain/accept.ts",
    find: "for (const sink of sinks) await fs.syncDirectory(rooms.sink(dir, sink));",
    replace: "",
  },
  {
    name: "delivers-before-accept-is-durable",
    file: "drain/accept.ts",
    find: "await context.fs.syncDirectory(directory);",
    replace: "",
  },
  {
    name: "unlinks-before-the-sink-has-it",
    file: "drain/stored-batch.ts",
    find: "this.#notePass(file);\n",
    replace: "this.#notePass(file);\n      await fs.unlink(path);\n",
  },
  {
    name: "no-receipt",
    file: "drain/sink-room.ts",
    find: "await reserve.backing(() => receipts.append(key, receipt, lost));",
    replace: "",
  },
  {
    name: "done-before-the-receipt",
    file: "drain/sink-room.ts",
    find: "await reserve.backing(() => receipts.append(key, receipt, lost));\n    await reserve.backing(() => batch.journal.done(receipt.keepsJournal === true));",
    replace:
      "await reserve.backing(() => batch.journal.done(receipt.keepsJournal === true));\n    await reserve.backing(() => receipts.append(key, receipt, lost));",
  },
  {
    name: "no-sync-of-journals-and-receipts",
    file: "drain/append-file.ts",
    find: "await writeFully(handle, bytes, end);\n      await handle.datasync();",
    replace: "await writeFully(handle, bytes, end);",
  },
  {
    name: "no-sync-before-a-quarantined-file-goes",
    file: "drain/quarantine.ts",
    find: "await fs.syncDirectory(to);",
    replace: "",
  },
  {
    name: "no-cut-of-a-torn-tail",
    file: "drain/recover.ts",
    find: "await handle.truncate(end);",
    replace: "",
  },
  {
    name: "only-syncs-a-seal-that-was-found",
    file: "drain/recover.ts",
    find: "await writeFully(handle, buffer.subarray(0, read), position);\n",
    replace: "",
    faults: "syncs",
  },
  {
    name: "delivers-what-is-held-back",
    file: "drain/drain-context.ts",
    find: "if (heldBack.size === 0) return false;",
    replace: "return false;",
    faults: "any",
  },
  {
    name: "no-second-look-at-what-was-held-back",
    file: "drain/sink-room.ts",
    find: "this.#putOff(id, isUncounted);\n        continue;",
    replace: "continue;",
    faults: "any",
  },
  {
    name: "no-end-of-an-acceptance-that-failed",
    file: "drain/sweep.ts",
    find: "new Set([...batchesIn(names, endings.sealed), ...this.#acceptingOf(incarnation)])",
    replace: "batchesIn(names, endings.sealed)",
    faults: "any",
  },
  {
    name: "no-done",
    file: "drain/sink-room.ts",
    find: "await reserve.backing(() => batch.journal.done(receipt.keepsJournal === true));",
    replace: "",
    faults: "any",
  },
  {
    name: "counts-an-entry-whose-sync-failed",
    file: "drain/append-file.ts",
    find: "await writeFully(handle, bytes, end);\n",
    replace: "await writeFully(handle, bytes, end);\n      this.#end = end + bytes.length;\n",
    faults: "notes",
    first: 18,
  },
  {
    name: "appends-behind-what-is-only-in-the-cache",
    file: "drain/append-file.ts",
    find: "if (!this.#isTailDurable) await writeTailAgain(handle, end);",
    replace: "",
    faults: "notes",
    first: 36,
  },
  {
    name: "no-checksum-of-notes",
    file: "drain/journal.ts",
    find: "if (end > content.length || sum !== content.readUInt32LE(position + 12)) break;",
    replace: "if (end > content.length || sum < 0) break;",
    faults: "notes",
  },
  {
    name: "no-salt-of-the-sink",
    file: "format/crc.ts",
    find: "crc(Buffer.from(sink), saltOf(batchId))",
    replace: "crc(Buffer.from(sink).subarray(0, 0), saltOf(batchId))",
    faults: "notes",
    first: 44,
  },
  {
    name: "the-reserve-is-never-cut",
    file: "drain/reserve.ts",
    find: 'if (codeOf(error) !== "ENOSPC" || !(await this.#giveUp())) throw error;',
    replace: "throw error;",
    faults: "full",
  },
  {
    name: "nobody-is-told-of-room",
    file: "writer/segment-writer.ts",
    find: "if (!this.#isWaitedFor) return;",
    replace: "return;",
  },
];

/** Changes that were thought of and break nothing that is promised. */
export const harmless: readonly HarmlessMutant[] = [
  {
    name: "no-directory-sync-at-seal",
    file: "writer/sealer.ts",
    find: "await fs.syncDirectory(segment.directory).catch(",
    replace: "await Promise.resolve().catch(",
    why: "a rename that a power cut takes back leaves *.open with its seal, which the next start renames again",
  },
  {
    name: "no-directory-sync-after-recovery",
    file: "drain/recover.ts",
    find: "await fs.syncDirectory(directory);",
    replace: "",
    why: "the same: recovery finds the old name, seal included, and does its last step again",
  },
  {
    name: "frames-met-before-are-not-ignored",
    file: "format/tally.ts",
    find: "if (header.firstIndex < this.nextIndex) return false;",
    replace: "",
    why: "no crash of this writer leaves a frame twice: it writes each in one place; the rule is for files from elsewhere",
  },
];

/** Loads the spool with this change. @throws when its text is not there exactly once. */
export function applyMutant(name: string): void {
  const mutant = [...harmful, ...harmless].find((one) => one.name === name);
  if (mutant === undefined) throw new Error(`there is no mutant ${name}`);
  loadMutant(mutant, sources);
}
