import type { ZlibOptions } from "node:zlib";

const chunkBytesMin = 1024;
const chunkBytesMax = 4 * 1024 * 1024;

/**
 * The most that deflate takes for its hash table and the symbols of a block. For events at level 1 that saves a
 * fifth of the CPU that zlib's default of 8 takes, and 0.1 % of the bytes.
 */
const deflateMemLevel = 9;

/** What node:zlib's convenience functions give with `info: true`. */
export interface ZlibInfo {
  readonly buffer: Buffer;
  readonly engine: {
    /** Bytes of input that the stream had. */
    readonly bytesWritten: number;
  };
}

/** Options of one decompression. */
export interface ZlibLimits {
  readonly info: true;
  readonly chunkSize: number;
  readonly maxOutputLength: number;
}

/** The memory that node:zlib takes at a time, for so many bytes of output. */
export function chunkBytes(expected: number): number {
  return Math.min(Math.max(expected, chunkBytesMin), chunkBytesMax);
}

/** How deflate compresses these bytes. */
export function deflating({ length }: Uint8Array, level: number): ZlibOptions {
  // Room for all that it makes of them, in one chunk: one job on the pool, and no joining on the event loop.
  return { level, memLevel: deflateMemLevel, chunkSize: chunkBytes(length + (length >>> 10) + 64) };
}

/**
 * Streams that follow each other. node:zlib itself joins gzip members and zstd frames, but stops at the end of
 * the first zlib stream.
 */
export class JoinedStreams {
  readonly #bytes: Uint8Array;
  readonly #outputBytesMax: number;
  readonly #outputs: Buffer[] = [];
  #consumed = 0;
  #outputBytes = 0;

  constructor(bytes: Uint8Array, outputBytesMax: number) {
    this.#bytes = bytes;
    this.#outputBytesMax = outputBytesMax;
  }

  /** The bytes from the next stream on; undefined at the end. No bytes at all are a cut stream. */
  next(): Uint8Array | undefined {
    const isDone = this.#consumed > 0 && this.#consumed >= this.#bytes.length;
    return isDone ? undefined : this.#bytes.subarray(this.#consumed);
  }

  /** How the next stream may be decompressed. */
  limits(): ZlibLimits {
    const outputBytesMax = this.#outputBytesMax - this.#outputBytes;
    // One more than may come, else a stream of exactly that much asks for a second chunk; and no more than
    // usual compression makes of the input, else each small record would take megabytes.
    const chunkSize = chunkBytes(Math.min(outputBytesMax + 1, this.#bytes.length * 8));
    return { info: true, chunkSize, maxOutputLength: Math.max(outputBytesMax, 1) };
  }

  /** The next stream's output. */
  add(info: unknown): void {
    const { buffer, engine } = info as ZlibInfo;
    this.#outputs.push(buffer);
    this.#outputBytes += buffer.length;
    this.#consumed += engine.bytesWritten;
    if (this.#outputBytes <= this.#outputBytesMax) return;
    throw new RangeError(`the output is larger than ${this.#outputBytesMax} bytes`);
  }

  /** All output. */
  joined(): Buffer {
    return this.#outputs.length === 1 ? this.#outputs[0]! : Buffer.concat(this.#outputs);
  }
}

/** Decompresses on the calling thread. */
export function decompressJoined(
  decompress: (bytes: Uint8Array, limits: ZlibLimits) => unknown,
  bytes: Uint8Array,
  outputBytesMax: number,
): Buffer {
  const streams = new JoinedStreams(bytes, outputBytesMax);
  for (let rest = streams.next(); rest !== undefined; rest = streams.next()) {
    streams.add(decompress(rest, streams.limits()));
  }
  return streams.joined();
}

/** Decompresses on the thread pool. */
export async function decompressJoinedAsync(
  decompress: (bytes: Uint8Array, limits: ZlibLimits) => Promise<unknown>,
  bytes: Uint8Array,
  outputBytesMax: number,
): Promise<Buffer> {
  const streams = new JoinedStreams(bytes, outputBytesMax);
  for (let rest = streams.next(); rest !== undefined; rest = streams.next()) {
    streams.add(await decompress(rest, streams.limits()));
  }
  return streams.joined();
}

/** @throws RangeError when `level` is none of the codec's. */
export function requireLevel(codec: string, level: number, [min, max]: readonly [number, number]): void {
  if (Number.isInteger(level) && level >= min && level <= max) return;
  throw new RangeError(`${codec} has the levels ${min} to ${max}, not ${level}`);
}
