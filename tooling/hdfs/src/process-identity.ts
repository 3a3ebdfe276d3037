import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

/** A process for certain: ids are used again, so its start time belongs to it. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Text as the system gives it, only ever compared. */
  readonly started: string;
}

/** What the system knows about a live process. */
export interface ProcessFacts extends ProcessIdentity {
  /** True while SIGSTOP holds it. */
  readonly isStopped: boolean;
}

const hasProc = existsSync("/proc/self/stat");

/** Looks a process up; undefined when there is none with this id, or only its zombie. */
export function processFacts(pid: number): ProcessFacts | undefined {
  const found = hasProc ? fromProc(pid) : fromPs(pid);
  if (found === undefined || found.state.startsWith("Z")) return undefined;
  return { pid, started: found.started, isStopped: found.state.startsWith("T") };
}

/** True while this very process lives. */
export function isAlive({ pid, started }: ProcessIdentity): boolean {
  return processFacts(pid)?.started === started;
}

/** Sends a signal to this very process; false when it is gone. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    return process.kill(identity.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

function fromProc(pid: number): { state: string; started: string } | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // Field 2 is the command in brackets and may hold blanks and brackets; state is field 3, start time 22.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "", started: fields[19] ?? "" };
}

function fromPs(pid: number): { state: string; started: string } | undefined {
  try {
    const line = execFileSync("ps", ["-o", "state=,lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
    const space = line.indexOf(" ");
    return { state: line.slice(0, space), started: line.slice(space).trim() };
  } catch {
    return undefined;
  }
}
