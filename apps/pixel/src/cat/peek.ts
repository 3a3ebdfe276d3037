/** A stream of chunks whose first bytes were looked at. */
export interface Peeked {
  /** The first bytes: as many as were asked for, fewer only when there are no more. */
  readonly head: Buffer;
  /** All chunks, the head's too. Can be iterated once. */
  readonly chunks: AsyncIterable<Buffer>;
  /** Ends the stream without reading it. */
  close(): Promise<void>;
}

/** Looks at the first `count` bytes of a stream. */
export async function peek(source: AsyncIterable<Buffer>, count: number): Promise<Peeked> {
  const iterator = source[Symbol.asyncIterator]();
  const first: Buffer[] = [];
  let bytes = 0;
  while (bytes < count) {
    const next = await iterator.next();
    if (next.done === true) break;
    first.push(next.value);
    bytes += next.value.length;
  }
  const close = async (): Promise<void> => {
    await iterator.return?.();
  };
  return { head: Buffer.concat(first).subarray(0, count), chunks: rest(first, iterator, close), close };
}

async function* rest(
  first: readonly Buffer[],
  iterator: AsyncIterator<Buffer>,
  close: () => Promise<void>,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* first;
    for (;;) {
      const next = await iterator.next();
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await close();
  }
}
