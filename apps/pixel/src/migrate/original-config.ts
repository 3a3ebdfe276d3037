import type { Property } from "./properties.ts";

/** Something to tell about a line of the original's config. */
export interface Remark {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

/** The original's config while it is read: which keys are left, and what there is to tell. */
export class OriginalConfig {
  /** What has no counterpart and cannot be left out without changing what happens to events. */
  readonly problems: Remark[] = [];
  /** What was left out or taken for granted. */
  readonly notes: Remark[] = [];
  readonly #unread: Map<string, Property>;

  /** Of a key that is there twice the last one counts, as in Java. */
  constructor(properties: readonly Property[]) {
    this.#unread = new Map(properties.map((property) => [property.key, property]));
  }

  /** Reads a key, once. */
  take(key: string): Property | undefined {
    const property = this.#unread.get(key);
    this.#unread.delete(key);
    return property;
  }

  /** Reads every key that begins with `prefix`. */
  takeAll(prefix: string): Property[] {
    const keys = [...this.#unread.keys()].filter((key) => key.startsWith(prefix));
    return keys.flatMap((key) => this.take(key) ?? []);
  }

  /** Reads a key that holds a whole number; anything else is a problem. */
  takeNumber(key: string): number | undefined {
    const property = this.take(key);
    if (property === undefined) return undefined;
    const text = property.value.trim();
    if (/^[0-9]{1,9}$/.test(text)) return Number(text);
    this.problem(property, `${key}: expected a whole number, found "${text}"`);
    return undefined;
  }

  /** Tells of a problem. Without a property it is about the whole file. */
  problem(property: Property | undefined, message: string): void {
    this.problems.push({ line: property?.line ?? 1, message });
  }

  note(property: Property, message: string): void {
    this.notes.push({ line: property.line, message });
  }
}
