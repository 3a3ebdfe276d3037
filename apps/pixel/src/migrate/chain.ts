/** One part of a `source > sink` chain of the original: `roll(30)`. */
export interface ChainPart {
  /** Lower case: the original did not look at the case. */
  readonly name: string;
  /** Without their quotes. */
  readonly args: readonly string[];
}

const part = /\s*(\w+)\s*(?:\(((?:'[^']*'|"[^"]*"|[^'"()])*)\)\s*)?(>|$)/y;
const argument = /\s*(?:'([^']*)'|"([^"]*)"|([^\s,'"](?:[^,'"]*[^\s,'"])?))\s*(,|$)/y;

/** Reads `roll(30) > reliable > seqfile('hdfs://...')`. @returns a sentence when it is no chain. */
export function parseChain(text: string): ChainPart[] | string {
  const parts: ChainPart[] = [];
  let position = 0;
  for (;;) {
    part.lastIndex = position;
    const match = part.exec(text);
    if (match === null) return `"${text.slice(position).trim()}" is no name, nor name(argument, ...)`;
    const [, name = "", list = "", separator] = match;
    const args = parseArguments(list);
    if (args === undefined) return `"${list}" is no list of arguments`;
    parts.push({ name: name.toLowerCase(), args });
    if (separator === "") return parts;
    position = part.lastIndex;
  }
}

function parseArguments(list: string): string[] | undefined {
  const args: string[] = [];
  let position = 0;
  while (list.trim() !== "") {
    argument.lastIndex = position;
    const match = argument.exec(list);
    if (match === null) return undefined;
    args.push(match[1] ?? match[2] ?? match[3] ?? "");
    if (match[4] === "") break;
    position = argument.lastIndex;
  }
  return args;
}
