/** Bytes that can be read at any place: a file, an object of a store, a file of WebHDFS. */
export interface RandomAccessSource {
  /** Bytes in all, where that is known. */
  readonly size?: number;
  /** 1 to `length` bytes from `position` on, or none at the end. They are not changed after they were given. */
  read(position: number, length: number): Promise<Uint8Array>;
  /** Called once, when nothing more is wanted. */
  close?(): Promise<void>;
}

/**
 * Where a file's bytes come from: all at once, in chunks that are not changed after they were given, or by reads
 * at any place.
 */
export type ByteSource = Uint8Array | AsyncIterable<Uint8Array> | RandomAccessSource;

/** A source by its chunks. */
export interface ChunkSource {
  /** The next bytes, undefined at the end. */
  next(): Promise<Uint8Array | undefined>;
  /** Makes `position` the next byte. @returns the place, which is never behind the known end. */
  seek?(position: number): number;
  close(): Promise<void>;
}

const readBytes = 256 * 1024;

/** Any source by its chunks. */
export function chunksOf(source: ByteSource): ChunkSource {
  if (source instanceof Uint8Array) return chunksOfBytes(source);
  // A node stream has a method `read`, too.
  return Symbol.asyncIterator in source ? chunksOfIterable(source) : chunksOfReads(source);
}

function chunksOfBytes(bytes: Uint8Array): ChunkSource {
  let position = 0;
  return {
    next() {
      const rest = position < bytes.length ? bytes.subarray(position) : undefined;
      position = bytes.length;
      return Promise.resolve(rest);
    },
    seek: (target) => (position = Math.min(target, bytes.length)),
    close: () => Promise.resolve(),
  };
}

function chunksOfIterable(source: AsyncIterable<Uint8Array>): ChunkSource {
  const iterator = source[Symbol.asyncIterator]();
  return {
    async next() {
      const next = await iterator.next();
      return next.done === true ? undefined : next.value;
    },
    async close() {
      await iterator.return?.();
    },
  };
}

function chunksOfReads(source: RandomAccessSource): ChunkSource {
  let position = 0;
  return {
    async next() {
      const bytes = await source.read(position, readBytes);
      position += bytes.length;
      return bytes.length === 0 ? undefined : bytes;
    },
    seek: (target) => (position = Math.min(target, source.size ?? target)),
    async close() {
      await source.close?.();
    },
  };
}
