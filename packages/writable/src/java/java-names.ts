import { schemaError } from "../errors.ts";

/** JLS 3.9, with the literals. */
const reservedWords = new Set(
  (
    "abstract assert boolean break byte case catch char class const continue default do double else enum " +
    "extends false final finally float for goto if implements import instanceof int interface long native " +
    "new null package private protected public return short static strictfp super switch synchronized this " +
    "throw throws transient true try void volatile while"
  ).split(" "),
);

/** A class as Java text names it. */
export interface JavaName {
  /** `com.example.Outer.Inner`. */
  readonly qualified: string;
  /** `com.example`, or nothing. */
  readonly packageName: string;
  /** `Outer.Inner`. */
  readonly simple: string;
}

/** Takes a binary name, `com.example.Outer$Inner`, apart. @throws WritableError `schema` when it is none. */
export function javaNameOf(className: string): JavaName {
  const parts = className.split(".");
  const simple = (parts.pop() ?? "").replaceAll("$", ".");
  if (![...parts, ...simple.split(".")].every(isJavaName)) {
    throw schemaError(`"${className}" is no name of a Java class`);
  }
  return { qualified: [...parts, simple].join("."), packageName: parts.join("."), simple };
}

/** Whether Java takes this as a name. */
export function isJavaName(part: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(part) && part !== "_" && !reservedWords.has(part);
}
