import type { ByteReader } from "../byte-reader.ts";
import type { ByteWriter } from "../byte-writer.ts";
import { WritableError, writableErrors } from "../errors.ts";

/** AbstractMapWritable knows these by themselves, from id -127 on. */
const builtInNames = [
  ..."ArrayWritable BooleanWritable BytesWritable FloatWritable IntWritable LongWritable MapWritable".split(
    " ",
  ),
  ..."MD5Hash NullWritable ObjectWritable SortedMapWritable Text TwoDArrayWritable VIntWritable".split(" "),
  "VLongWritable",
].map((name) => `org.apache.hadoop.io.${name}`);
const firstBuiltInId = -127;
const extraMax = 127;

/**
 * The class table of MapWritable and SortedMapWritable (AbstractMapWritable.java): one byte says how many classes have
 * no built-in id, then for each come its id, from 1 on, and its name as `writeUTF` has it.
 */
export class ClassTable {
  readonly #ids = new Map(builtInNames.map((name, index) => [name, firstBuiltInId + index]));
  readonly #names = new Map(builtInNames.map((name, index) => [firstBuiltInId + index, name]));

  /** @throws RangeError for more than 127 classes without a built-in id. */
  add(className: string): void {
    if (this.#ids.has(className)) return;
    const id = this.#ids.size - builtInNames.length + 1;
    if (id > extraMax) throw new RangeError(`a map holds at most ${extraMax} classes beyond Hadoop's own`);
    this.#ids.set(className, id);
    this.#names.set(id, className);
  }

  /** The byte that stands for a class that was added. */
  idOf(className: string): number {
    return this.#ids.get(className) ?? 0;
  }

  /** The class of the next id. @throws WritableError `malformed` for one that is not in the table. */
  readName(source: ByteReader): string {
    const { offset } = source;
    const id = source.int8();
    const name = this.#names.get(id);
    if (name !== undefined) return name;
    throw new WritableError(writableErrors.malformed, `no class has the id ${id}`, { offset });
  }

  /** Appends the table. */
  write(target: ByteWriter): void {
    const extras = [...this.#ids].slice(builtInNames.length);
    target.byte(extras.length);
    for (const [name, id] of extras) {
      target.byte(id);
      target.modifiedUtf8(name);
    }
  }

  /** Reads a table. @throws WritableError `truncated`, `length`, `malformed`. */
  static read(source: ByteReader): ClassTable {
    const { offset } = source;
    const table = new ClassTable();
    const count = source.int8();
    if (count < 0) {
      throw new WritableError(writableErrors.length, `a number of classes is negative: ${count}`, { offset });
    }
    // Whoever wrote it gave the ids, and they need not be in order.
    for (let index = 0; index < count; index += 1) table.#names.set(source.int8(), source.modifiedUtf8());
    return table;
  }
}
