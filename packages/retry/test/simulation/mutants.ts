import { loadMutant, type SourceMutant } from "@sewer/testkit";

/** Where the changed files are. */
export const sources = new URL("../../src/", import.meta.url);

/** Changes that break a rule of docs/specs/retry.md. Each must be caught. */
export const mutants: readonly SourceMutant[] = [
  {
    name: "no-jitter",
    file: "backoff.ts",
    find: "return Math.min(Math.floor(random.next() * (limitMs + 1)), limitMs);",
    replace: "random.next();\n  return limitMs;",
  },
  {
    name: "half-jitter",
    file: "backoff.ts",
    find: "Math.floor(random.next() * (limitMs + 1))",
    replace: "Math.floor((0.5 + random.next() / 2) * (limitMs + 1))",
  },
  {
    name: "no-cap",
    file: "backoff.ts",
    find: "Math.min(backoff.capMs, backoff.baseMs * 2 ** exponent)",
    replace: "backoff.baseMs * 2 ** exponent",
  },
  {
    name: "every-batch-is-a-probe",
    file: "breaker.ts",
    find: "return this.#isOpen ? 1 : this.#slots;",
    replace: "return this.#slots;",
  },
  {
    name: "no-wait-before-a-probe",
    file: "breaker.ts",
    find: "return this.#isOpen ? this.#opensMs : -Infinity;",
    replace: "return this.#isOpen ? 0 : -Infinity;",
  },
  {
    name: "never-opens",
    file: "breaker.ts",
    find: "const isRow = this.#row + this.#suspects.size >= rowMax;",
    replace: "const isRow = false;",
  },
  {
    name: "opens-at-the-first-failure",
    file: "breaker.ts",
    find: "const rowMax = 3;",
    replace: "const rowMax = 1;",
  },
  {
    name: "no-share-of-failures",
    file: "breaker.ts",
    find: "this.#window.isBad(failureShare, outcomesMin)",
    replace: "false",
  },
  {
    name: "all-slots-at-once",
    file: "breaker.ts",
    find: "this.#nextGeneration();\n      this.#slots = 1;",
    replace: "this.#nextGeneration();",
  },
  {
    name: "failures-side-by-side-count-each",
    file: "breaker.ts",
    find: "if (!this.#isCurrent(permit)) return;\n    this.released(permit);",
    replace: "this.released(permit);",
  },
  {
    name: "a-lone-suspect-opens",
    file: "breaker.ts",
    find: "this.#suspects.add(suspect);",
    replace: "this.#row += 1;",
  },
  {
    name: "retry-after-is-not-heard",
    file: "retry-queue.ts",
    find: 'return typeof value === "number" && value > 0 ?',
    replace: 'return typeof value === "string" && value > 0 ?',
  },
  {
    name: "a-success-does-not-close",
    file: "breaker.ts",
    find: "this.#isOpen = false;\n      this.#nextGeneration();",
    replace: "this.#isOpen = permit.isProbe && this.#strikes > 3;\n      this.#nextGeneration();",
  },
  {
    name: "the-sinks-failure-counts-for-the-batch",
    file: "retry-queue.ts",
    find: 'return error.scope === "sink" ?',
    replace: 'return error.scope === "sink" && entry.attempts < 4 ?',
  },
  {
    name: "a-batchs-own-failure-opens",
    file: "retry-queue.ts",
    find: "this.#release(entry);\n    entry.batchFailures += 1;",
    replace: "if (entry.permit) this.#breaker.failed(entry.permit, {});\n    entry.batchFailures += 1;",
  },
  {
    name: "one-attempt-too-many",
    file: "retry-queue.ts",
    find: "entry.batchFailures >= failuresMax",
    replace: "entry.batchFailures > failuresMax",
  },
  {
    name: "a-failed-probe-keeps-its-place",
    file: "retry-queue.ts",
    find: "if (permit?.isProbe === true || suspect !== undefined) this.#order",
    replace: "if (suspect !== undefined) this.#order",
  },
  {
    name: "a-suspect-keeps-its-place",
    file: "retry-queue.ts",
    find: "if (permit?.isProbe === true || suspect !== undefined) this.#order",
    replace: "if (permit?.isProbe === true) this.#order",
  },
  {
    name: "a-kill-counts-for-the-batch",
    file: "retry-queue.ts",
    find: "const { attempts, batchFailures, firstFailureMs, lastError } = entry;",
    replace:
      "const { attempts, firstFailureMs, lastError } = entry;\n    const batchFailures = entry.batchFailures + (entry.permit === undefined ? 0 : 1);",
  },
  {
    name: "unfinished-attempts-are-forgotten",
    file: "retry-queue.ts",
    find: "entry.unfinished + (entry.permit === undefined ? 0 : 1)",
    replace: "entry.unfinished",
  },
  {
    name: "the-newest-first",
    file: "lane.ts",
    find: "(a, b) => a.order < b.order)",
    replace: "(a, b) => a.order > b.order)",
  },
  {
    name: "no-slot-for-the-fresh",
    file: "running-set.ts",
    find: "Math.max(1, parallel - 1)",
    replace: "parallel",
  },
  {
    name: "fresh-always-first",
    file: "lanes.ts",
    find: "return first.lane === this.#last ? second : first;",
    replace: "return first;",
  },
  {
    name: "no-budget-of-bytes",
    file: "running-set.ts",
    find: "|| this.#bytes + bytes <= this.#limits.parallelBytes",
    replace: "|| true",
  },
  {
    name: "a-large-one-waits-for-ever",
    file: "running-set.ts",
    find: "this.#count[lane] === 0 ||",
    replace: "this.size === 0 ||",
  },
  {
    name: "no-rate",
    file: "lanes.ts",
    find: 'if (entry.lane === "backlog") this.#bucket?.spend(entry.bytes);',
    replace: "",
  },
  {
    name: "others-beside-one-that-is-alone",
    file: "running-set.ts",
    find: "|| this.#count.alone > 0",
    replace: "",
  },
  {
    name: "one-that-is-alone-in-its-turn",
    file: "running-set.ts",
    find: 'if (lane === "alone") return this.size === 0;',
    replace: "",
  },
  {
    name: "one-that-is-alone-comes-first",
    file: "lanes.ts",
    find: "nowMs - alone.dueMs >= alonePatienceMs",
    replace: "nowMs >= alone.dueMs",
  },
  {
    name: "leaks-what-is-delivered",
    file: "retry-queue.ts",
    find: "this.#waiting.delete(entry.item);",
    replace: "if (entry.attempts > 0) this.#waiting.delete(entry.item);",
  },
  {
    name: "a-restart-trusts-the-wall-clock",
    file: "retry-queue.ts",
    find: "Math.min(Math.max(leftMs, base), cap)",
    replace: "Math.max(leftMs, base)",
  },
];

/** Loads the package with this change. @throws when its text is not there exactly once. */
export function applyMutant(name: string): void {
  const mutant = mutants.find((one) => one.name === name);
  if (mutant === undefined) throw new Error(`there is no mutant ${name}`);
  loadMutant(mutant, sources);
}
