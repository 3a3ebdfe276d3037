/** A lock that this process holds. */
export interface Lock {
  /** Lets go of it. Idempotent. */
  release(): void;
}

/**
 * Locks that die with their process, so that a lock that can be taken proves that its last holder is gone.
 * The real one is {@link sqliteLocks}.
 */
export interface LockProvider {
  /**
   * Takes the lock that the file at `path` stands for, making the file when it is missing.
   *
   * @returns undefined when somebody holds it, in this process too.
   * @throws Error with Node's `code` when the file cannot be made (`ENOENT` when its directory is gone).
   */
  acquire(path: string): Lock | undefined;
}
