import { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { encodedBy } from "./shared-writer.ts";
import { readFields } from "./read-fields.ts";
import { schemaError, WritableError, writableErrors } from "./errors.ts";
import { typeNamed } from "./writables/named-types.ts";
import { nullable } from "./writables/nullable.ts";
import { text } from "./writables/text.ts";
import { viewReader } from "./view-type.ts";
import type { WritableType } from "./writables/writable-type.ts";

/** Field names, in the order of their bytes, and their types. */
export type WritableFields = Readonly<Record<string, WritableType<unknown, never>>>;

/** What a schema's `decode` gives. */
export type WritableValue<Schema> =
  Schema extends WritableSchema<infer Fields>
    ? { -readonly [Name in keyof Fields]: ReturnType<Fields[Name]["decode"]> }
    : never;

/** What a schema's `encode` takes. */
export type WritableInput<Schema> =
  Schema extends WritableSchema<infer Fields>
    ? { readonly [Name in keyof Fields]: Parameters<Fields[Name]["encode"]>[1] }
    : never;

/** What a schema's `view` gives: the fields of `decode` as getters, each of which decodes when it is called. */
export type WritableView<Schema> = Readonly<WritableValue<Schema>>;

/** One field as the JSON of a segment's meta has it. */
export interface FieldDescription {
  readonly name: string;
  /**
   * The name of the field's {@link WritableType}: `VLong`, `Text`, `ArrayWritable<Text>` ... A name does not say all
   * of maps, objects and the subclasses of Hadoop's abstract Writables, which need to be given classes, so
   * {@link schemaOf} does not know these.
   */
  readonly type: string;
  readonly nullable: boolean;
}

/** A schema as plain data, from which {@link schemaOf} makes it again. */
export interface SchemaDescription {
  readonly name: string;
  readonly fields: readonly FieldDescription[];
}

interface Field extends FieldDescription {
  readonly codec: WritableType<unknown, unknown>;
  /** Which null flag is this field's; -1 for none. */
  readonly flag: number;
  /** Whether its values are strings, written as Text. */
  readonly isText: boolean;
}

/** The VInts 0 to 127, each of which is one ASCII character. */
const asciiLengths = Array.from({ length: 128 }, (_, length) => String.fromCharCode(length));

/**
 * A Writable of fields, one after the other, as the `write` of a Java class does it. It has two forms.
 *
 * - *Writable bytes* ({@link encode}, {@link decode}): what a SequenceFile holds. Null is the empty value.
 * - *Record* ({@link encodeRecord}, {@link decodeRecord}): {@link flagBytes} bytes of null flags, then the
 *   Writable bytes. Bit i, least significant first, is set when the i-th nullable field is null.
 */
export class WritableSchema<Fields extends WritableFields> {
  /** The schema's name, e.g. `access-log`. */
  readonly name: string;
  /** The Java class, e.g. `sewer.AccessLogEvent`. */
  readonly className: string;
  /** The fields as plain data, in order. */
  readonly fields: readonly FieldDescription[];
  /** The fields' types, in order. */
  readonly types: Fields;
  /** The Writable bytes as a field of another schema, an element of a collection ... */
  readonly type: WritableType<WritableValue<WritableSchema<Fields>>, WritableInput<WritableSchema<Fields>>>;
  /** The same bytes, read as {@link view} reads them. */
  readonly viewType: WritableType<
    WritableView<WritableSchema<Fields>>,
    WritableInput<WritableSchema<Fields>>
  >;
  /** How many bytes of null flags stand before a record: one for every eight nullable fields begun. */
  readonly flagBytes: number;
  readonly #fields: readonly Field[];
  readonly #nullableCount: number;
  readonly #blank: Readonly<Record<string, unknown>>;

  /** Use {@link defineWritable}. */
  constructor(options: { className: string; name?: string; fields: Fields }) {
    this.name = options.name ?? options.className;
    this.className = options.className;
    this.types = options.fields;
    let flags = 0;
    this.#fields = Object.entries(options.fields).map(([name, type]) => {
      checkFieldName(name);
      const codec = type as WritableType<unknown, unknown>;
      const flag = type.nullable ? flags++ : -1;
      // `nullable` keeps it.
      const isText = type.decode === text.decode;
      return { name, type: type.name, nullable: type.nullable, codec, flag, isText };
    });
    if (this.#fields.length === 0) throw schemaError(`${this.name} has no fields`);
    this.fields = this.#fields.map(({ name, type, nullable: canBeNull }) => ({
      name,
      type,
      nullable: canBeNull,
    }));
    this.#nullableCount = flags;
    this.#blank = Object.fromEntries(this.#fields.map(({ name }) => [name, undefined]));
    this.flagBytes = Math.ceil(flags / 8);
    this.type = {
      name: this.name,
      className: this.className,
      nullable: false,
      empty: undefined,
      encode: (target, value) => this.#write(target, value),
      decode: (source) => this.#read(source),
    };
    const view = viewReader(this.#fields);
    this.viewType = {
      ...this.type,
      decode: (source) => view(source) as WritableView<WritableSchema<Fields>>,
    };
  }

  /** The Writable bytes of `value`; null becomes the empty value. */
  encode(value: WritableInput<WritableSchema<Fields>>): Buffer {
    return encodedBy((target) => this.#write(target, value));
  }

  /**
   * Reads Writable bytes, as they stand in a SequenceFile. Empty stays empty: null cannot be told from it.
   *
   * @throws WritableError `truncated`, `length`, `vintRange`, `trailingBytes`; with collections and strings of Java
   * `malformed`, `unknownClass`, `nesting` too.
   */
  decode(bytes: Uint8Array): WritableValue<WritableSchema<Fields>> {
    const source = new ByteReader(bytes);
    const value = this.#read(source);
    source.requireEnd("the last field");
    return value;
  }

  /**
   * Reads Writable bytes as {@link decode} does, several times as fast, for when few of the fields are needed: the
   * value's fields are getters that decode anew at each call. They belong to its class, so that neither
   * `Object.keys` nor `JSON.stringify` knows of them. `bytes` must not change afterwards.
   *
   * @throws WritableError as `decode` does, at once.
   */
  view(bytes: Uint8Array): WritableView<WritableSchema<Fields>> {
    const source = new ByteReader(bytes);
    const value = this.viewType.decode(source);
    source.requireEnd("the last field");
    return value;
  }

  /** The null flags and the Writable bytes of `value`. */
  encodeRecord(value: WritableInput<WritableSchema<Fields>>): Buffer {
    return encodedBy((target) => {
      this.#writeFlags(target, value);
      this.#write(target, value);
    });
  }

  /**
   * Reads a record: null and empty are told apart.
   *
   * @throws WritableError as {@link decode} does; `nullFlags` when a field is flagged null and has content,
   * or an unused flag bit is set.
   */
  decodeRecord(record: Uint8Array): WritableValue<WritableSchema<Fields>> {
    const source = new ByteReader(record);
    const flags = source.bytes(this.flagBytes);
    const unused = this.#nullableCount & 7;
    if (unused !== 0 && (flags[this.flagBytes - 1] ?? 0) >> unused !== 0) {
      throw nullFlagsError("an unused flag bit is set", this.flagBytes - 1);
    }
    const value = { ...this.#blank };
    for (const field of this.#fields) {
      const start = source.offset;
      const content = field.codec.decode(source);
      const isNull = field.flag >= 0 && ((flags[field.flag >> 3] ?? 0) & (1 << (field.flag & 7))) !== 0;
      if (isNull && !isEmpty(content)) throw nullFlagsError(`${field.name} is null and has content`, start);
      value[field.name] = isNull ? null : content;
    }
    source.requireEnd("the last field");
    return value as WritableValue<WritableSchema<Fields>>;
  }

  #read(source: ByteReader): WritableValue<WritableSchema<Fields>> {
    // A copy has its hidden class at once; an empty object would go through one for each field.
    const value = { ...this.#blank };
    readFields(source, this.#fields, value);
    return value as WritableValue<WritableSchema<Fields>>;
  }

  #writeFlags(target: ByteWriter, value: object): void {
    const values = value as Readonly<Record<string, unknown>>;
    let flags = 0;
    for (const field of this.#fields) {
      if (field.flag < 0) continue;
      if (values[field.name] === null) flags |= 1 << (field.flag & 7);
      if ((field.flag & 7) === 7 || field.flag === this.#nullableCount - 1) {
        target.byte(flags);
        flags = 0;
      }
    }
  }

  #write(target: ByteWriter, value: object): void {
    const values = value as Readonly<Record<string, unknown>>;
    // Texts that follow each other, with their lengths: one call into C++ writes them all if they are ASCII.
    let texts = "";
    let first = 0;
    for (let index = 0; index < this.#fields.length; index += 1) {
      const { name, codec, isText } = this.#fields[index]!;
      const field = values[name];
      const content = codec.nullable ? (field ?? "") : field;
      if (isText && typeof content === "string" && content.length < asciiLengths.length) {
        texts += asciiLengths[content.length] + content;
        continue;
      }
      this.#writeTexts(target, values, { texts, first, end: index });
      codec.encode(target, field);
      texts = "";
      first = index + 1;
    }
    this.#writeTexts(target, values, { texts, first, end: this.#fields.length });
  }

  #writeTexts(
    target: ByteWriter,
    values: Readonly<Record<string, unknown>>,
    { texts, first, end }: { texts: string; first: number; end: number },
  ): void {
    if (texts === "" || target.ascii(texts)) return;
    for (const { name, codec } of this.#fields.slice(first, end)) codec.encode(target, values[name]);
  }
}

/**
 * Describes a Writable once, and gives its encoder, its decoder and, through {@link WritableValue}
 * and {@link WritableInput}, its TypeScript types.
 *
 * @param options.className The Java class.
 * @param options.name The schema's own name. @default the class name
 * @throws WritableError `schema` when a field name is not of `[a-z][A-Za-z0-9]*`, or there is no field.
 */
export function defineWritable<const Fields extends WritableFields>(options: {
  className: string;
  name?: string;
  fields: Fields;
}): WritableSchema<Fields> {
  return new WritableSchema(options);
}

/**
 * Makes a schema from its description, e.g. the `schema` of a spool segment's meta.
 *
 * @param className The Java class. @default the description's name
 * @throws WritableError `schema` for an unknown type, a bad or doubled name, a type that cannot be null, no
 * fields.
 */
export function schemaOf(
  description: SchemaDescription,
  className: string = description.name,
): WritableSchema<WritableFields> {
  const fields: Record<string, WritableType<unknown, never>> = {};
  for (const field of description.fields) {
    checkFieldName(field.name);
    const type = typeNamed(field.type);
    if (type === undefined) throw schemaError(`${field.name} has the unknown type "${field.type}"`);
    if (Object.hasOwn(fields, field.name)) throw schemaError(`two fields are named ${field.name}`);
    if (field.nullable && type.empty === undefined) {
      throw schemaError(`${field.name} is nullable, but a ${field.type} has no empty value`);
    }
    fields[field.name] = field.nullable ? nullable(type as WritableType<never, never>) : type;
  }
  return new WritableSchema({ name: description.name, className, fields });
}

/** Lower case first, so that no name means something to JavaScript objects and getters can be named. */
function checkFieldName(name: string): void {
  if (/^[a-z][A-Za-z0-9]*$/.test(name)) return;
  throw schemaError(`"${name}" is no field name: [a-z][A-Za-z0-9]* is expected`);
}

function isEmpty(content: unknown): boolean {
  return typeof content === "string" ? content === "" : content instanceof Uint8Array && content.length === 0;
}

function nullFlagsError(message: string, offset: number): WritableError {
  return new WritableError(writableErrors.nullFlags, message, { offset });
}
