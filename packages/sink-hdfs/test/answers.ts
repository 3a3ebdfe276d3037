import { readFileSync } from "node:fs";
import type { SewerError } from "@sewer/core";
import type { Answerer } from "../src/webhdfs/fault-table.ts";
import { refusalError, transportError } from "../src/webhdfs/faults.ts";

/** An answer of a real Hadoop; status 0: none came. */
interface AnswerOfHadoop {
  readonly case: string;
  readonly op: string;
  readonly at: string;
  readonly status: number;
  readonly body: unknown;
}

/** Every answer to a fault that was recorded (fixtures/README.md). */
export const answersOfHadoop: readonly AnswerOfHadoop[] = readFileSync(
  new URL("fixtures/remote-exceptions.jsonl", import.meta.url),
  "utf8",
)
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as AnswerOfHadoop)
  .filter(({ status }) => status === 0 || status >= 400);

/** What it becomes. */
export function errorOf({ op, at, status, body }: AnswerOfHadoop): SewerError {
  const answerer: Answerer = at.includes("DN") || at.startsWith("step2") ? "datanode" : "namenode";
  const request = { at: answerer, host: "h:1", op: op.split(" ")[0] ?? op, path: "/p" };
  if (status === 0) return transportError(new Error("the time is over"), { ...request, isBodySent: true });
  return refusalError({ ...request, status, body: typeof body === "string" ? body : JSON.stringify(body) });
}
