import { spawn } from "node:child_process";

/** How a program has ended. */
export interface SourceRun {
  readonly code: number | null;
  /** Standard output and errors, as they came. */
  readonly output: string;
}

/** Runs a program of a test in a process of its own, from the sources: for long simulations. */
export async function runSource(program: string, args: readonly string[]): Promise<SourceRun> {
  const flags = ["--conditions=@sewer/source", "--max-semi-space-size=64", program];
  const child = spawn(process.execPath, [...flags, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (bytes: Buffer) => (output += bytes.toString()));
  }
  const code = await new Promise<number | null>((resolve) => {
    child.on("close", resolve);
  });
  return { code, output };
}
