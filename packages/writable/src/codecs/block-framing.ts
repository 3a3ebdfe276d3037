import { hadoopCodecPackage, type Codec } from "./codec.ts";

/** A compression that needs to know where its input ends and how large its output may get. */
export interface RawBlockCompression {
  /** Hadoop's simple class name. */
  readonly name: string;
  /** The largest input of one chunk. */
  readonly chunkInputBytesMax: number;
  compress(this: void, bytes: Uint8Array): Buffer;
  /**
   * Decompresses `bytes` into `target` from `start` on, never beyond its end.
   *
   * @returns where the output ends.
   * @throws RangeError when the bytes are damaged, cut, or give more than fits.
   */
  decompressInto(this: void, target: Buffer, start: number, bytes: Buffer): number;
}

const int32Bytes = 4;
/** What a stream is taken to give at first; it grows as output comes, so that a length that lies takes nothing. */
const expansion = 8;

/**
 * A codec in the framing of Hadoop's BlockCompressorStream:
 *
 *     stream = block*
 *     block  = int32 raw length | chunk ... until so many bytes have come out
 *     chunk  = int32 length | compressed bytes
 *
 * Input that is larger than one chunk's is a block of several chunks, and an empty block follows it. An empty
 * input is an empty block.
 */
export function blockFramedCodec(raw: RawBlockCompression): Codec {
  return {
    className: hadoopCodecPackage + raw.name,
    compress: (bytes) => compressFramed(raw, bytes),
    decompress: (bytes, outputBytesMax) => decompressFramed(raw, bytes, outputBytesMax),
  };
}

function compressFramed({ chunkInputBytesMax, compress }: RawBlockCompression, bytes: Uint8Array): Buffer {
  const parts = [int32(bytes.length)];
  for (let at = 0; at < bytes.length; at += chunkInputBytesMax) {
    const chunk = compress(bytes.subarray(at, at + chunkInputBytesMax));
    parts.push(int32(chunk.length), chunk);
  }
  if (bytes.length > chunkInputBytesMax) parts.push(int32(0));
  return Buffer.concat(parts);
}

function decompressFramed(raw: RawBlockCompression, bytes: Uint8Array, outputBytesMax: number): Buffer {
  const input = new FramedInput(bytes);
  let output = Buffer.allocUnsafe(Math.min(outputBytesMax, bytes.length * expansion));
  let end = 0;
  // Hadoop reads no further than an empty block; what stands behind it is read here.
  while (input.remaining > 0) {
    const blockEnd = end + input.length();
    if (blockEnd > outputBytesMax) throw new RangeError(`the output is larger than ${outputBytesMax} bytes`);
    while (end < blockEnd) {
      const chunk = input.bytes(input.length());
      // No chunk gives more than 255 times its bytes (LZ4; Snappy at most 22), but for small ones.
      const room = Math.min(blockEnd, end + chunk.length * 256 + 64);
      if (output.length < room) output = grown(output, end, Math.min(outputBytesMax, room * 2));
      const chunkEnd = raw.decompressInto(output.subarray(0, room), end, chunk);
      if (chunkEnd === end) throw new RangeError("a chunk holds nothing");
      end = chunkEnd;
    }
  }
  if (input.isEmpty) throw new RangeError("unexpected end: there is no block");
  return output.subarray(0, end);
}

class FramedInput {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get isEmpty(): boolean {
    return this.#bytes.length === 0;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  length(): number {
    const length = this.bytes(int32Bytes).readInt32BE(0);
    if (length < 0) throw new RangeError(`a length is negative: ${length}`);
    return length;
  }

  bytes(count: number): Buffer {
    if (count > this.remaining) {
      throw new RangeError(`unexpected end: ${count} bytes were announced, ${this.remaining} are left`);
    }
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }
}

function grown(output: Buffer, used: number, bytes: number): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafe(bytes);
  output.copy(larger, 0, 0, used);
  return larger;
}

function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(int32Bytes);
  bytes.writeInt32BE(value);
  return bytes;
}
