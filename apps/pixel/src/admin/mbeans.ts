import type { JsonObject } from "@sewer/core";
import { parseObjectName } from "./object-name.ts";

/** Something whose attributes Jolokia reads. */
export interface MBean {
  /** ObjectName. */
  readonly name: string;
  /** All attributes as they are now. */
  attributes(): JsonObject;
}

/** Finds beans by name, whatever the order of the name's properties. */
export class MBeanRegistry {
  readonly #beans = new Map<string, MBean>();

  constructor(beans: Iterable<MBean>) {
    for (const bean of beans) {
      const name = parseObjectName(bean.name);
      if (name === undefined) throw new Error(`not an ObjectName: ${bean.name}`);
      this.#beans.set(name.canonical, bean);
    }
  }

  /** @param canonical the canonical form of an ObjectName. */
  find(canonical: string): MBean | undefined {
    return this.#beans.get(canonical);
  }
}
