import type { JsonObject, JsonValue } from "@sewer/core";
import { JolokiaError } from "./jolokia-error.ts";
import type { JolokiaRequest } from "./jolokia-request.ts";
import type { MBean, MBeanParameter } from "./mbeans.ts";
import { parseObjectName } from "./object-name.ts";

/** Attributes whose values are kept at the same time. */
const attributesMax = 100;
/** Values that are kept of one attribute. */
const entriesMax = 100;

interface Entry {
  readonly value: JsonValue;
  /** Epoch seconds. */
  readonly timestamp: number;
}

interface Kept {
  readonly limit: number;
  /** The newest first. */
  readonly entries: Entry[];
}

const parameters: readonly MBeanParameter[] = [
  { name: "mbean", type: "java.lang.String", description: "name of the bean" },
  { name: "attribute", type: "java.lang.String", description: "its attribute" },
  { name: "path", type: "java.lang.String", description: "path into the value, or null" },
  {
    name: "target",
    type: "java.lang.String",
    description: "null: there are no other servers behind this one",
  },
  { name: "maxEntries", type: "int", description: `values to keep, at most ${entriesMax}; 0 ends it` },
];

/**
 * Earlier values of attributes, kept by read requests after `jolokia:type=Config` was told to keep them. That
 * is how `check_jmx4perl --delta` finds out what was added since it asked last.
 */
export class AttributeHistory {
  readonly #kept = new Map<string, Kept>();

  /** The bean that turns it on and off. */
  readonly bean: MBean = {
    name: "jolokia:type=Config",
    className: "org.jolokia.jmx.Config",
    description: "Which attributes have a history",
    attributes: () => ({ HistoryMaxEntries: entriesMax }),
    operations: {
      setHistoryEntriesForAttribute: {
        description: "Keeps the last values that were read of an attribute",
        parameters,
        returns: "void",
        run: (args) => this.#keep(args),
      },
      resetHistoryEntries: {
        description: "Forgets all values that were kept",
        parameters: [],
        returns: "void",
        run: () => {
          for (const { entries } of this.#kept.values()) entries.length = 0;
          return null;
        },
      },
    },
  };

  /**
   * Adds what a read has found.
   *
   * @returns the values before this one, the newest first; undefined when none are kept.
   */
  add(request: JolokiaRequest, entry: Entry): JsonObject[] | undefined {
    const { mbean = "", attribute, path } = request;
    if (typeof attribute !== "string") return undefined;
    const kept = this.#kept.get(keyOf(mbean, attribute, path?.join("/") ?? null));
    if (kept === undefined) return undefined;
    const earlier = kept.entries.map(({ value, timestamp }) => ({ value, timestamp }));
    kept.entries.unshift(entry);
    kept.entries.length = Math.min(kept.entries.length, kept.limit);
    return earlier;
  }

  #keep([mbean, attribute, path, target, maxEntries]: readonly JsonValue[]): null {
    const limit = Number(maxEntries);
    if (typeof mbean !== "string" || typeof attribute !== "string") {
      throw JolokiaError.badRequest("mbean and attribute are texts");
    }
    if (!Number.isInteger(limit) || limit < 0 || limit > entriesMax) {
      throw JolokiaError.badRequest(`maxEntries is a number from 0 to ${entriesMax}`);
    }
    if (target !== null && target !== "")
      throw JolokiaError.unsupported("there is no target behind this server");
    const key = keyOf(mbean, attribute, typeof path === "string" && path !== "" ? path : null);
    const entries = this.#kept.get(key)?.entries ?? [];
    this.#kept.delete(key);
    if (limit === 0) return null;
    if (this.#kept.size >= attributesMax) {
      throw JolokiaError.badRequest(`${attributesMax} attributes have a history already; end some with 0`);
    }
    entries.length = Math.min(entries.length, limit);
    this.#kept.set(key, { limit, entries });
    return null;
  }
}

function keyOf(mbean: string, attribute: string, path: string | null): string {
  return JSON.stringify([parseObjectName(mbean)?.canonical ?? mbean, attribute, path]);
}
