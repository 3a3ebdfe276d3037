import { damaged } from "./cat-error.ts";

/** The longest line that is taken into memory, in bytes: above what one event can be. */
const lineBytesMax = 64 * 1024 * 1024;
const newline = 0x0a;

/**
 * The lines of a JSON-lines file, each proved to be JSON and otherwise untouched, so that no number
 * changes.
 *
 * @throws SewerError `SEWER_CAT_DAMAGED` with the byte (of the decompressed file) of the line.
 */
export async function* jsonLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string, void, undefined> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let offset = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const bytes = Buffer.concat([...rest, chunk.subarray(start, end)]);
      rest = [];
      restBytes = 0;
      yield* lineOf(bytes, offset);
      offset += bytes.length + 1;
      start = end + 1;
    }
    rest.push(chunk.subarray(start));
    restBytes += chunk.length - start;
    if (restBytes > lineBytesMax)
      throw damaged(`byte ${offset}`, `a line is longer than ${lineBytesMax} bytes`);
  }
  yield* lineOf(Buffer.concat(rest), offset);
}

function* lineOf(bytes: Buffer, offset: number): Generator<string, void, undefined> {
  const text = bytes.toString("utf8").trim();
  if (text === "") return;
  try {
    JSON.parse(text);
  } catch (cause) {
    throw damaged(`byte ${offset}`, "the line is no JSON", cause);
  }
  yield text;
}
