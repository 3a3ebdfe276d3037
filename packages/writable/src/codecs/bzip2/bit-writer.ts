import { ByteWriter } from "../../byte-writer.ts";

/** Writes bits, the most significant first. */
export class BitWriter {
  readonly #target = new ByteWriter(1024);
  #bits = 0;
  #count = 0;

  /** The low 1 to 24 bits of `value`. */
  write(value: number, count: number): void {
    this.#bits = (this.#bits << count) | (value & ((1 << count) - 1));
    this.#count += count;
    while (this.#count >= 8) {
      this.#count -= 8;
      this.#target.byte((this.#bits >>> this.#count) & 0xff);
    }
  }

  /** 32 bits. */
  writeInt32(value: number): void {
    this.write(value >>> 16, 16);
    this.write(value & 0xffff, 16);
  }

  /** Fills the last byte with zeros. @returns everything. */
  end(): Buffer {
    if (this.#count > 0) this.write(0, 8 - this.#count);
    return this.#target.view();
  }
}
