import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { eventKey, type ExpectedEvent } from "./events.ts";

/** Keys of the events in the JSON files below a folder, but for those that are still being written. */
export function jsonEventsBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /^[^.].*\.jsonl$/.test(entry.name))
    .flatMap((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8").trimEnd().split("\n"))
    .map((line) => eventKey(JSON.parse(line, (_, value: unknown) => value ?? "") as ExpectedEvent));
}
