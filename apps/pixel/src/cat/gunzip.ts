import { createGunzip } from "node:zlib";
import { damaged, reasonOf } from "./cat-error.ts";

/** Compressed bytes given to the inflater at a time; it may give a thousand times as many back. */
const stepBytes = 16 * 1024;

/**
 * Decompresses a gzip stream of one or more members. Unlike a pipeline, it gives everything that came
 * out before the damage.
 *
 * @throws SewerError `SEWER_CAT_DAMAGED` with the byte of the compressed file.
 */
export async function* gunzip(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  const inflater = createGunzip();
  const output: Buffer[] = [];
  let failure: Error | undefined;
  inflater.on("data", (chunk: Buffer) => output.push(chunk));
  inflater.on("error", (error) => (failure = error));
  const step = async (act: (done: () => void) => void): Promise<void> => {
    await new Promise<void>((resolve) => {
      const done = (): void => resolve();
      inflater.once("error", done);
      act(() => {
        inflater.off("error", done);
        resolve();
      });
    });
  };
  try {
    for await (const chunk of chunks) {
      for (let start = 0; start < chunk.length; start += stepBytes) {
        await step((done) => void inflater.write(chunk.subarray(start, start + stepBytes), done));
        yield* output.splice(0);
        if (failure !== undefined) throw damaged(`byte ${inflater.bytesWritten}`, reasonOf(failure), failure);
      }
    }
    await step((done) => void inflater.once("end", done).end());
    yield* output.splice(0);
    if (failure !== undefined) throw damaged(`byte ${inflater.bytesWritten}`, reasonOf(failure), failure);
  } finally {
    inflater.destroy();
  }
}
