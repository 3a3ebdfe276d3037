import type { Case } from "./case.ts";
import { fieldCases } from "./field-cases.ts";
import { messageCases } from "./message-cases.ts";
import { requestLineCases } from "./request-line-cases.ts";

/** The cases of the rules of docs/specs/http.md for GET and HEAD. */
export const cases: readonly Case[] = [...requestLineCases, ...fieldCases, ...messageCases];

/** The same with their titles, for `it.for`. */
export const titledCases: readonly [title: string, wanted: Case][] = cases.map((wanted) => [
  `${wanted.rule} ${wanted.title}`,
  wanted,
]);
