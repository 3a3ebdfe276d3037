import { bodyCases } from "./body-cases.ts";
import type { Case } from "./case.ts";
import { fieldCases } from "./field-cases.ts";
import { messageCases } from "./message-cases.ts";
import { requestLineCases } from "./request-line-cases.ts";

/** The cases of the rules of docs/specs/http.md with the default options. */
export const cases: readonly Case[] = [...requestLineCases, ...fieldCases, ...bodyCases, ...messageCases];

/** The same with their titles, for `it.for`. */
export const titledCases: readonly [title: string, wanted: Case][] = cases.map((wanted) => [
  `${wanted.rule} ${wanted.title}`,
  wanted,
]);
