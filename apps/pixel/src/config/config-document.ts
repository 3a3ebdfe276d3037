import { isAlias, isMap, isNode, isPair, isScalar, isSeq, parseDocument, visit } from "yaml";
import type { Document, Node, Pair } from "yaml";
import type { ConfigProblem } from "./config-problem.ts";
import { interpolateScalars, type Environment } from "./interpolate.ts";

/** Where in the config a value stands: `["flows", "pixel", "source", "port"]`. */
export type ConfigPath = readonly PropertyKey[];

/** Which side of `key: value` a problem points at. */
export type ConfigPart = "key" | "value";

/**
 * A config file's text, parsed, with its `${VAR}` replaced, that can say at which line and column a value
 * or a key stands.
 */
export class ConfigDocument {
  readonly file: string;
  /** Syntax errors, duplicate keys, variables that are not set. */
  readonly problems: readonly ConfigProblem[];
  /** Plain data, or undefined when the text is no YAML. */
  readonly data: unknown;
  readonly #document: Document.Parsed;
  readonly #text: string;

  constructor(file: string, text: string, environment: Environment) {
    this.file = file;
    this.#text = text;
    this.#document = parseDocument(text, { prettyErrors: false });
    const faults = [...this.#document.errors, ...this.#document.warnings];
    if (faults.length > 0) {
      this.problems = faults.map((fault) => this.#problem(fault.pos[0], fault.message));
      return;
    }
    const problems = interpolateScalars(this.#document, environment).map((fault) =>
      this.#problem(fault.offset, fault.message),
    );
    // A map of JavaScript could not hold it, and what reads the map would not see it.
    visit(this.#document, {
      Pair: (_, { key }) => {
        if (!isScalar(key) || key.value !== "__proto__") return;
        problems.push(this.#problem(startOf(key) ?? 0, "unknown key __proto__"));
      },
    });
    try {
      this.data = this.#document.toJS({ maxAliasCount: 100 });
    } catch (error) {
      // The yaml package throws plain errors for aliases that multiply beyond reason.
      problems.push(this.#problem(0, error instanceof Error ? error.message : String(error)));
    }
    this.problems = problems;
  }

  /**
   * A problem at `path`. When the path is not in the file, because a key is missing or stands behind an
   * alias, the nearest thing around it is pointed at.
   */
  problemAt(path: ConfigPath, message: string, part: ConfigPart = "value"): ConfigProblem {
    return this.#problem(this.#offsetOf(path, part), message);
  }

  #offsetOf(path: ConfigPath, part: ConfigPart): number {
    let node: unknown = this.#document.contents;
    let offset = startOf(node) ?? 0;
    for (const [index, key] of path.entries()) {
      const last = index === path.length - 1;
      if (isAlias(node)) return offset;
      if (isMap(node)) {
        const pair: Pair | undefined = node.items.find(
          (item) => isScalar(item.key) && String(item.key.value) === key,
        );
        if (!isPair(pair)) return offset;
        const keyOffset = startOf(pair.key);
        node = pair.value;
        offset = (last && part === "key" ? keyOffset : (startOf(node) ?? keyOffset)) ?? offset;
      } else if (isSeq(node) && typeof key === "number") {
        node = node.items[key];
        offset = startOf(node) ?? offset;
      } else {
        return offset;
      }
    }
    return offset;
  }

  #problem(offset: number, message: string): ConfigProblem {
    // Counted here: the package's own counter misses line ends within a key that has some.
    const lines = this.#text.slice(0, offset).split(/\r\n|\n/);
    return { file: this.file, line: lines.length, column: lines.at(-1)!.length + 1, message };
  }
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? (node as Node).range?.[0] : undefined;
}
