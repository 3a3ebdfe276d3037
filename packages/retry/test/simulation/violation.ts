/** A rule of docs/specs/retry.md that the queue has broken. */
export class Violation extends Error {
  readonly rule: string;

  constructor(name: string, what: string) {
    super(`violation of "${name}": ${what}`);
    this.rule = name;
  }
}

/** @throws Violation unless `holds`. */
export function rule(name: string, holds: boolean, what: () => string): void {
  if (!holds) throw new Violation(name, what());
}
