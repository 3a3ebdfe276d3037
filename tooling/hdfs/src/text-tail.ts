import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const bytesMax = 16_384;

/** The last lines of a text, indented: for the end of an error message. */
export function tailOfText(text: string, linesMax = 25): string {
  const lines = text.trimEnd().split("\n").slice(-linesMax);
  return lines.map((line) => `  ${line}`).join("\n");
}

/** The last lines of a file, indented; empty when there is no such file. Reads at most 16 KiB of it. */
export function tailOfFile(path: string, linesMax = 25): string {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch {
    return "";
  }
  try {
    const start = Math.max(0, fstatSync(fd).size - bytesMax);
    const buffer = Buffer.alloc(bytesMax);
    const length = readSync(fd, buffer, 0, bytesMax, start);
    return length === 0 ? "" : tailOfText(buffer.toString("utf8", 0, length), linesMax);
  } finally {
    closeSync(fd);
  }
}
