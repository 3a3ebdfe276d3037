/** A JMX ObjectName: a domain and key properties whose order does not matter. */
export interface ObjectName {
  /** Domain and properties sorted by key: what names are compared by. */
  readonly canonical: string;
  /** True when it holds `*` or `?` and so stands for many names. */
  readonly isPattern: boolean;
}

const property = /([^,=:"*?]+)=("(?:[^"\\]|\\.)*"|[^,=:"]+)/y;

/** Reads `domain:key=value,...`. @returns undefined when it has not that form. */
export function parseObjectName(text: string): ObjectName | undefined {
  const colon = text.indexOf(":");
  if (colon < 0) return undefined;
  const properties: string[] = [];
  let position = colon + 1;
  for (;;) {
    if (text[position] === "*" && (position + 1 === text.length || text[position + 1] === ",")) {
      properties.push("*");
      position += 1;
    } else {
      property.lastIndex = position;
      const match = property.exec(text);
      if (match === null) return undefined;
      properties.push(match[0]);
      position = property.lastIndex;
    }
    if (position === text.length) break;
    if (text[position] !== ",") return undefined;
    position += 1;
  }
  return {
    canonical: `${text.slice(0, colon)}:${properties.sort().join(",")}`,
    isPattern: /[*?]/.test(text),
  };
}
