import type { RefusalReason } from "../../src/index.ts";

/** One input, and what has to come of it. */
export interface Case {
  /** Rule of docs/specs/http.md. */
  readonly rule: string;
  readonly title: string;
  /** Latin-1. */
  readonly input: string;
  /** Answers in order. */
  readonly statuses: readonly number[];
  /** Whether the connection is closed after them. */
  readonly closes: boolean;
  readonly reason?: RefusalReason;
  /** Fields of the last record that matter here. */
  readonly event?: Readonly<Record<string, string | null>>;
}

export const host = "Host: h.example\r\n";

/** A head with a good request line and Host. */
export function withFields(fields: string, version = "1.1"): string {
  return `GET /p HTTP/${version}\r\n${host}${fields}\r\n`;
}

export function withLine(line: string): string {
  return `${line}\r\n${host}\r\n`;
}

export function withHost(value: string): string {
  return `GET /p HTTP/1.1\r\nHost: ${value}\r\n\r\n`;
}

export type Facts = readonly [rule: string, title: string, input: string];

export function served(facts: Facts, event: Case["event"] = {}, closes = false): Case {
  const [rule, title, input] = facts;
  return { rule, title, input, statuses: [204], closes, event };
}

export function refused(facts: Facts, status: number, reason: RefusalReason): Case {
  const [rule, title, input] = facts;
  return { rule, title, input, statuses: [status], closes: true, reason };
}
