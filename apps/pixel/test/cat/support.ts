import { fileLines } from "../../src/cat/file-lines.ts";

/** Path of a fixture. */
export function fixture(name: string): string {
  return new URL(`../fixtures/${name}`, import.meta.url).pathname;
}

/** Everything that is printed of a file, and the error it ends with. */
export async function printed(
  name: string,
  { isRaw = false, env = {} }: { isRaw?: boolean; env?: Record<string, string> } = {},
): Promise<{ lines: string[]; error: (Error & { code?: string }) | undefined }> {
  const lines: string[] = [];
  try {
    for await (const line of fileLines(name, { isRaw, env })) lines.push(line);
  } catch (error) {
    return { lines, error: error as Error };
  }
  return { lines, error: undefined };
}
