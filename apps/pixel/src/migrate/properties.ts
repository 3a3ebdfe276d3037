/** One entry of a Java properties file. */
export interface Property {
  readonly key: string;
  readonly value: string;
  /** The line on which it begins, from 1. */
  readonly line: number;
}

/**
 * Reads a properties file as `java.util.Properties.load` does: comments of `#` and `!`, a key that ends at `=`,
 * `:` or a blank, lines that a `\` continues, the escapes `\t \n \r \f \uXXXX`.
 *
 * @param text the file's bytes as Latin-1, which is what Java takes them for.
 */
export function parseProperties(text: string): Property[] {
  const lines = text.split(/\r\n|\n|\r/);
  const properties: Property[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const line = index + 1;
    let entry = withoutIndent(lines[index] ?? "");
    if (entry === "" || entry.startsWith("#") || entry.startsWith("!")) continue;
    while (isContinued(entry)) {
      index += 1;
      entry = entry.slice(0, -1) + withoutIndent(lines[index] ?? "");
    }
    const [, key = "", value = ""] =
      /^((?:\\[^]|[^\\=: \t\f])*)[ \t\f]*[=:]?[ \t\f]*([^]*)$/.exec(entry) ?? [];
    properties.push({ key: unescaped(key), value: unescaped(value), line });
  }
  return properties;
}

function withoutIndent(line: string): string {
  return line.replace(/^[ \t\f]+/, "");
}

/** An odd number of backslashes at the end: the last one stands for itself. */
function isContinued(line: string): boolean {
  return (/\\*$/.exec(line)?.[0].length ?? 0) % 2 === 1;
}

const controls: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f" };

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9A-Fa-f]{4})|([^]))/g, (_, hex: string | undefined, one: string) =>
    hex === undefined ? (controls[one] ?? one) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
