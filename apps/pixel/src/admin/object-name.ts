/** A JMX ObjectName: a domain and key properties whose order does not matter. */
export interface ObjectName {
  readonly domain: string;
  readonly properties: ReadonlyMap<string, string>;
  /** Properties sorted by key, `key=value,...`. */
  readonly canonicalProperties: string;
  /** Domain and {@link canonicalProperties}: what names are compared by. */
  readonly canonical: string;
  /** True when it holds `*` or `?` and so stands for many names. */
  readonly isPattern: boolean;
  /** True for a pattern that ends in `,*` or is `domain:*`: names may have further properties. */
  readonly isOpen: boolean;
}

const property = /([^,=:"*?]+)=("(?:[^"\\]|\\.)*"|[^,=:"]+)/y;

/** Reads `domain:key=value,...`. @returns undefined when it has not that form. */
export function parseObjectName(text: string): ObjectName | undefined {
  const colon = text.indexOf(":");
  if (colon < 0) return undefined;
  const domain = text.slice(0, colon);
  const properties = new Map<string, string>();
  let isOpen = false;
  let position = colon + 1;
  for (;;) {
    if (text[position] === "*" && (position + 1 === text.length || text[position + 1] === ",")) {
      isOpen = true;
      position += 1;
    } else {
      property.lastIndex = position;
      const [match, key = "", value = ""] = property.exec(text) ?? [];
      if (match === undefined) return undefined;
      properties.set(key, value);
      position = property.lastIndex;
    }
    if (position === text.length) break;
    if (text[position] !== ",") return undefined;
    position += 1;
  }
  const parts = [...properties].map(([key, value]) => `${key}=${value}`);
  const canonicalProperties = [...parts, ...(isOpen ? ["*"] : [])].sort().join(",");
  return {
    domain,
    properties,
    canonicalProperties,
    canonical: `${domain}:${canonicalProperties}`,
    isPattern: /[*?]/.test(text),
    isOpen,
  };
}

/** True when `name` is one of those that `pattern` stands for, or is the same name. */
export function matchesObjectName(pattern: ObjectName, name: ObjectName): boolean {
  if (!matchesGlob(pattern.domain, name.domain)) return false;
  if (!pattern.isOpen && pattern.properties.size !== name.properties.size) return false;
  return [...pattern.properties].every(([key, value]) => {
    const own = name.properties.get(key);
    return own !== undefined && matchesGlob(value, own);
  });
}

/**
 * `*` is any text, `?` any character. Goes back to the last star only, so it takes no more than the product of
 * both lengths, whatever the pattern.
 */
function matchesGlob(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let starText = 0;
  for (let index = 0; index < text.length;) {
    if (pattern[at] === "*") {
      star = at;
      starText = index;
      at += 1;
    } else if (pattern[at] === "?" || pattern[at] === text[index]) {
      at += 1;
      index += 1;
    } else if (star >= 0) {
      at = star + 1;
      starText += 1;
      index = starText;
    } else {
      return false;
    }
  }
  while (pattern[at] === "*") at += 1;
  return at === pattern.length;
}
