import type { JsonObject, JsonValue } from "@sewer/core";
import { matchesObjectName, parseObjectName, type ObjectName } from "./object-name.ts";

/** Something whose attributes Jolokia reads. */
export interface MBean {
  /** ObjectName. */
  readonly name: string;
  /** As `list` names it; Java's tools only print it. */
  readonly className: string;
  readonly description: string;
  /** All attributes as they are now. */
  attributes(): JsonObject;
  /** Java types of attributes whose values do not tell: by name. */
  readonly types?: Readonly<Record<string, string>>;
  /** What `exec` may do, by name. */
  readonly operations?: Readonly<Record<string, MBeanOperation>>;
}

/** Something that a bean can be told to do. */
export interface MBeanOperation {
  readonly description: string;
  readonly parameters: readonly MBeanParameter[];
  /** Java type of what it returns. */
  readonly returns: string;
  /**
   * Does it.
   *
   * @param args as many as there are parameters, of any type.
   * @throws JolokiaError when they are not what is wanted.
   */
  run(args: readonly JsonValue[]): JsonValue | Promise<JsonValue>;
}

/** An argument of a {@link MBeanOperation}. */
export interface MBeanParameter {
  readonly name: string;
  /** Java type. */
  readonly type: string;
  readonly description: string;
}

/** A bean and its name, read. */
export interface RegisteredBean {
  readonly name: ObjectName;
  readonly bean: MBean;
}

/** Finds beans by name, whatever the order of the name's properties. */
export class MBeanRegistry {
  readonly #beans = new Map<string, RegisteredBean>();

  constructor(beans: Iterable<MBean>) {
    for (const bean of beans) {
      const name = parseObjectName(bean.name);
      if (name === undefined) throw new Error(`not an ObjectName: ${bean.name}`);
      this.#beans.set(name.canonical, { name, bean });
    }
  }

  /** All beans, with their names. */
  get all(): readonly RegisteredBean[] {
    return [...this.#beans.values()];
  }

  *[Symbol.iterator](): Generator<MBean, void> {
    for (const { bean } of this.#beans.values()) yield bean;
  }

  /** @param canonical the canonical form of an ObjectName. */
  find(canonical: string): MBean | undefined {
    return this.#beans.get(canonical)?.bean;
  }

  /** The beans that a pattern, or a name, stands for. */
  search(pattern: ObjectName): readonly RegisteredBean[] {
    return this.all.filter(({ name }) => matchesObjectName(pattern, name));
  }
}
