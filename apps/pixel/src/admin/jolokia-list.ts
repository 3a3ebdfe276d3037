import type { JsonObject, JsonValue } from "@sewer/core";
import { jsonAt } from "./json-path.ts";
import type { MBean, MBeanOperation, RegisteredBean } from "./mbeans.ts";
import { parseObjectName } from "./object-name.ts";

/**
 * What Jolokia's `list` answers: domains, in them beans by their properties, in them attributes and operations.
 * A bean has exactly the members `class`, `desc`, `attr` and `op`: jmx4perl fails on any other.
 *
 * @param path steps into the tree: domain, properties in any order, `attr` or `op`, name.
 * @param maxDepth levels that are shown; below them stands the text 1.
 * @returns undefined when the path leads nowhere.
 */
export function listBeans(
  beans: readonly RegisteredBean[],
  path: readonly string[],
  maxDepth: number | undefined,
): JsonValue | undefined {
  const tree: Record<string, Record<string, JsonObject>> = {};
  for (const { name, bean } of beans) {
    (tree[name.domain] ??= {})[name.canonicalProperties] = describe(bean);
  }
  const [domain, properties, ...inner] = path;
  const canonical =
    properties && (parseObjectName(`${domain}:${properties}`)?.canonicalProperties ?? properties);
  const steps = [domain, canonical, ...inner].filter((step) => step !== undefined);
  const found = jsonAt(tree, steps);
  return found === undefined || maxDepth === undefined ? found : cut(found, maxDepth);
}

function describe(bean: MBean): JsonObject {
  const attributes = Object.entries(bean.attributes()).map(([name, value]): [string, JsonObject] => [
    name,
    { rw: false, type: bean.types?.[name] ?? javaTypeOf(value ?? null), desc: name },
  ]);
  const operations = Object.entries(bean.operations ?? {}).map(([name, operation]): [string, JsonObject] => [
    name,
    describeOperation(operation),
  ]);
  return {
    class: bean.className,
    desc: bean.description,
    attr: Object.fromEntries(attributes),
    op: Object.fromEntries(operations),
  };
}

function describeOperation({ description, parameters, returns }: MBeanOperation): JsonObject {
  const args = parameters.map(({ name, type, description: desc }) => ({ name, type, desc }));
  return { args, ret: returns, desc: description };
}

function javaTypeOf(value: JsonValue): string {
  if (typeof value === "number") return Number.isInteger(value) ? "long" : "double";
  if (typeof value === "boolean") return "boolean";
  return typeof value === "object" && value !== null
    ? "javax.management.openmbean.CompositeData"
    : "java.lang.String";
}

function cut(value: JsonValue, depth: number): JsonValue {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  if (depth === 0) return "1";
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([key, inner]) => [key, cut(inner ?? null, depth - 1)]),
  );
}
