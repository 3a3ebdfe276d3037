import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PlayedAnswer } from "./played-answer.ts";

/** An answer of a real Hadoop 3.4.2 to a fault that was provoked (recorded/README.md). */
export interface RecordedAnswer {
  /** What was provoked, such as `RENAME NONE: dst file exists`. */
  readonly case: string;
  readonly op: string;
  /** Who answered: `NN`, `step2-DN`, `httpfs`, ... */
  readonly at: string;
  /** 0: no answer came. */
  readonly status: number;
  /** Parsed JSON, or text that was none. */
  readonly body: unknown;
}

let loaded: readonly RecordedAnswer[] | undefined;

/** All recorded answers. */
export function recordedAnswers(): readonly RecordedAnswer[] {
  loaded ??= parseRecordedAnswers(
    readFileSync(join(import.meta.dirname, "../../recorded/remote-exceptions.jsonl"), "utf8"),
  );
  return loaded;
}

/** Reads lines of that form. */
export function parseRecordedAnswers(lines: string): RecordedAnswer[] {
  return lines
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as RecordedAnswer);
}

/** The first recorded answer of a case, to be played. */
export function recorded(name: string): PlayedAnswer {
  const found = recordedAnswers().find((answer) => answer.case === name);
  if (found === undefined) throw new Error(`no answer was recorded for "${name}"`);
  return toPlayedAnswer(found);
}

/** A recorded answer as the player takes it. Where none came, the connection is reset. */
export function toPlayedAnswer({ status, body }: RecordedAnswer): PlayedAnswer {
  if (status === 0) return { end: "rst" };
  const isHtml = typeof body === "string" && body.startsWith("<");
  return { status, headers: { "Content-Type": isHtml ? "text/html" : "application/json" }, body };
}
