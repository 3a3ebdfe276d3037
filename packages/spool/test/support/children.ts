import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

const running = new Set<ChildProcess>();

afterAll(() => {
  for (const child of running) child.kill("SIGKILL");
});

export interface Child {
  /** Lines of its standard output so far. */
  readonly lines: string[];
  /** Settles when it has printed a line that `test` is true for; rejects when it ends before. */
  line(test: (line: string) => boolean): Promise<string>;
  /** Ends it with SIGKILL; settles when it is gone. */
  kill(): Promise<void>;
}

/** Runs a program of this directory as a process of its own, from source. */
export function startChild(program: string, ...args: string[]): Child {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const flags = ["--conditions=@sewer/source", "--expose-gc", path];
  const child = spawn(process.execPath, [...flags, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  running.add(child);
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const wake = (): void => waiting.forEach((check) => check());
  let isGone = false;
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    wake();
  });
  const gone = new Promise<void>((resolve) => {
    child.on("close", () => {
      isGone = true;
      running.delete(child);
      wake();
      resolve();
    });
  });
  return {
    lines,
    line(test) {
      return new Promise((resolve, reject) => {
        const check = (): void => {
          const found = lines.find(test);
          if (found === undefined && !isGone) return;
          waiting.delete(check);
          if (found === undefined)
            reject(new Error(`${program} ended without such a line: ${lines.join(" | ")}`));
          else resolve(found);
        };
        waiting.add(check);
        check();
      });
    },
    kill() {
      child.kill("SIGKILL");
      return gone;
    },
  };
}
