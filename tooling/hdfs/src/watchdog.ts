import { spawn, type ChildProcess } from "node:child_process";

// The last line is the list that counts. `read` ends when the other end of the pipe is gone: closed in order,
// or by the kernel because the process that held it is dead, whatever killed it.
const script = 'pids=; while read -r line; do pids=$line; done; [ -z "$pids" ] || kill -9 $pids 2>/dev/null';

/**
 * Ends processes when this one ends, even by SIGKILL: a shell that waits for the end of its standard input, in
 * a session of its own so that Ctrl-C and signals to the process group do not reach it. A paused process
 * dies of it too.
 */
export class Watchdog {
  readonly #shell: ChildProcess;

  constructor() {
    this.#shell = spawn("/bin/sh", ["-c", script], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
    this.#shell.stdin?.on("error", () => {});
    this.#shell.unref();
    // The pipe alone must not keep a script alive that has nothing else to do.
    (this.#shell.stdin as { unref?: () => void } | null)?.unref?.();
  }

  /** Replaces the list of processes to end. */
  watch(pids: readonly number[]): void {
    this.#shell.stdin?.write(`${pids.join(" ")}\n`);
  }

  /** Ends the watchdog and no process. */
  close(): void {
    this.#shell.stdin?.end("\n");
  }
}
