import type { Random } from "@sewer/core";
import type { FaultOperation, FaultVerdict } from "../fault-file-system.ts";
import { DiskState, nodeError } from "./disk-state.ts";
import { below } from "./power-cut.ts";
import { SimFileSystem } from "./sim-file-system.ts";

/** One call of a simulated process, waiting for the disk or done. */
export interface SimCall {
  readonly operation: FaultOperation;
  /** The path as it was opened or given; the new one for link and rename. */
  readonly path: string;
  /** The file that a handle stands for. */
  readonly inode?: number;
  /** What a write wants to write, and where; valid until it is done. */
  readonly bytes?: Uint8Array;
  readonly position?: number;
}

/** What a {@link SimDisk} is made of. */
export interface SimDiskOptions {
  readonly random: Random;
  /**
   * `shuffled`: calls wait until {@link SimDisk.step} lets one of them happen, by chance. `at-once`: each
   * happens as it is made, which is faster.
   *
   * @default "shuffled"
   */
  readonly order?: "shuffled" | "at-once";
  /** A write in flight is torn at multiples of this when its process is killed. @default 4096 */
  readonly pageBytes?: number;
}

/** How everything ends: the processes die (`kill -9`), or the machine does. */
export type CrashKind = "kill" | "power-cut";

interface WaitingCall extends SimCall {
  readonly owner: SimFileSystem;
  readonly work: (state: DiskState, bytesMax: number) => unknown;
  readonly settle: (isFailed: boolean, result: unknown) => void;
}

const harmless: ReadonlySet<FaultOperation> = new Set([
  "read",
  "handle-stat",
  "close",
  "readdir",
  "stat",
  "space",
]);

/**
 * A disk in memory that knows what a crash would leave of it, shared by any number of simulated processes.
 *
 * - Content that no datasync covered may survive, be lost or be kept in part, in sectors of 512 bytes: each
 *   from any version that was written, or zero, or what its block held before. A few are torn within.
 * - A name that no sync of its directory covered may survive or not, each change for itself; a rename may
 *   leave either name or both, never none.
 * - A datasync that fails leaves its sectors clean and not durable: the next one proves nothing about them.
 * - What was synced stays. Sync of a directory that fails changes nothing; renames between directories are
 *   refused (EXDEV).
 *
 * The same random numbers and the same calls give the same disk.
 */
export class SimDisk {
  /** Decides about each call before it happens, as in FaultFileSystem; `call` counts from 1. */
  judge: (operation: FaultOperation, path: string, call: number) => FaultVerdict = () => undefined;
  /** Called before each call happens, while it is still under way: the moment to {@link crash}. */
  onCall: (call: SimCall) => void = () => {};
  /** Called after each call that succeeded. `result` of a write is the number of bytes that went. */
  onDone: (call: SimCall, result: unknown) => void = () => {};
  /** Called after each call that failed. */
  onFailed: (call: SimCall) => void = () => {};
  /** Calls that happened. */
  calls = 0;

  readonly #options: SimDiskOptions;
  readonly #state: DiskState;
  #waiting: WaitingCall[] = [];
  /** Who holds the lock of which file. */
  readonly #locks = new Map<number, SimFileSystem>();
  #isStopped = false;

  constructor(options: SimDiskOptions, state = new DiskState()) {
    this.#options = options;
    this.#state = state;
  }

  /** Calls that wait for {@link step}. */
  get pending(): number {
    return this.#waiting.length;
  }

  /** True once {@link stop} was called: nothing on it happens any more. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Another process that uses this disk. */
  process(): SimFileSystem {
    return new SimFileSystem(this);
  }

  /** Lets one waiting call happen. @returns false when none waits. */
  step(): boolean {
    if (this.#waiting.length === 0) return false;
    const [call] = this.#waiting.splice(below(this.#options.random, this.#waiting.length), 1);
    this.#waiting.unshift(call!);
    this.#perform(call!);
    return true;
  }

  /** Ends every process at once; their calls never settle. Take {@link crash} before or after it. */
  stop(): void {
    this.#isStopped = true;
  }

  /**
   * The disk that the next start finds if everything ends now. Each call under way has happened or not, a
   * write perhaps in part. This disk stays as it is.
   */
  crash(kind: CrashKind, options: SimDiskOptions): SimDisk {
    const { random } = options;
    const state = this.#state.copy();
    for (const call of this.#waiting) {
      if (harmless.has(call.operation) || random.next() < 0.5) continue;
      try {
        call.work(state, tornTo(call, options));
      } catch {
        // It would have failed, too.
      }
    }
    return new SimDisk(options, kind === "kill" ? state : state.afterPowerCut(random));
  }

  /** Paths of all files. */
  paths(): string[] {
    return [...this.#state.paths()];
  }

  /** What a reader of the file would see now. @throws ENOENT. */
  contentOf(path: string): Buffer {
    return this.#state.content(this.#state.lookup(path));
  }

  /** True when every power cut would leave this file, as it is and under this name. */
  isDurable(path: string): boolean {
    return this.#state.isDurable(path);
  }

  /** @internal A process makes a call. */
  call<Result>(
    owner: SimFileSystem,
    call: SimCall,
    work: (state: DiskState, bytesMax: number) => Result,
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#isStopped || owner.isKilled) return;
      const settle = (isFailed: boolean, result: unknown): void => {
        if (isFailed) reject(result);
        else resolve(result as Result);
      };
      const waiting = { ...call, owner, work, settle };
      if (this.#options.order === "at-once") {
        this.#waiting.unshift(waiting);
        this.#perform(waiting);
      } else this.#waiting.push(waiting);
    });
  }

  /** @internal A process wants a lock. */
  lock(owner: SimFileSystem, path: string): boolean {
    if (this.#isStopped || owner.isKilled) return false;
    const inode = this.#state.open(path, "write-or-create");
    if (this.#locks.has(inode)) return false;
    this.#locks.set(inode, owner);
    owner.held.set(path, inode);
    return true;
  }

  /** @internal A lock goes: released, or lost because its process closed a handle of the file. */
  unlock(owner: SimFileSystem, inode: number): void {
    if (this.#locks.get(inode) === owner) this.#locks.delete(inode);
  }

  /** @internal A process is gone: its calls under way have happened or not. */
  dropped(owner: SimFileSystem): void {
    const { random } = this.#options;
    for (const call of this.#waiting.filter((one) => one.owner === owner)) {
      if (harmless.has(call.operation) || random.next() < 0.5) continue;
      try {
        call.work(this.#state, tornTo(call, this.#options));
      } catch {
        // It would have failed, too.
      }
    }
    this.#waiting = this.#waiting.filter((call) => call.owner !== owner);
    for (const [inode, holder] of this.#locks) if (holder === owner) this.#locks.delete(inode);
  }

  /** Lets the first of the waiting calls happen. */
  #perform(call: WaitingCall): void {
    this.onCall(call);
    if (this.#isStopped) return;
    this.#waiting.shift();
    this.calls += 1;
    const verdict = this.judge(call.operation, call.path, this.calls);
    try {
      if (verdict !== undefined && "code" in verdict) {
        if (call.operation === "datasync") this.#state.failDatasync(call.inode!);
        throw nodeError(verdict.code, call.operation, call.path);
      }
      const result = call.work(this.#state, verdict?.shortTo ?? Infinity);
      this.onDone(call, result);
      call.settle(false, result);
    } catch (error) {
      this.onFailed(call);
      call.settle(true, error);
    }
  }
}

/** To how many bytes a write in flight is torn. */
function tornTo({ bytes, position = 0 }: SimCall, { random, pageBytes = 4096 }: SimDiskOptions): number {
  if (bytes === undefined || random.next() < 0.3) return Infinity;
  const first = Math.floor(position / pageBytes);
  const pages = Math.floor((position + bytes.length - 1) / pageBytes) - first;
  return pages === 0 ? Infinity : (first + 1 + below(random, pages)) * pageBytes - position;
}
