import {
  accessLogEvent,
  arrayPrimitiveWritable,
  arrayWritable,
  booleanWritable,
  bytesWritable,
  byteWritable,
  compressedString,
  compressedWritable,
  defineWritable,
  doubleWritable,
  enumSetWritable,
  extendedAccessLogEvent,
  floatWritable,
  genericWritable,
  hadoopString,
  instanceOf,
  intWritable,
  javaUtf,
  longWritable,
  md5Hash,
  nullWritable,
  originalAccessLogEvent,
  shortWritable,
  text,
  textBytes,
  twoDArrayWritable,
  utf8Writable,
  versionedWritable,
  vint,
  vlong,
  WritableClasses,
  type JavaObject,
  type PrimitiveArray,
  type WritableEntries,
  type WritableFields,
  type WritableInstance,
  type WritableSchema,
} from "@sewer/writable";
import { seededRandom } from "@sewer/testkit";

const action = {
  className: "org.apache.hadoop.fs.permission.FsAction",
  constants: ["NONE", "EXECUTE", "WRITE", "WRITE_EXECUTE", "READ", "READ_EXECUTE", "READ_WRITE", "ALL"],
} as const;
// Hadoop writes a map in the order of its HashMap.
const classes = new WritableClasses({ mapOrder: "hash", enums: [action.className] });

const point = defineWritable({ className: "sewer.test.Point", fields: { x: intWritable, y: intWritable } });

const either = genericWritable({ className: "sewer.test.Either", types: [text, intWritable] });
const versioned = versionedWritable({ className: "sewer.test.Versioned", version: 7, content: text });
const compressed = compressedWritable({ className: "sewer.test.Compressed", content: text });

/** One field of every type whose bytes do not depend on who compressed them. */
const everything = defineWritable({
  className: "sewer.test.Everything",
  fields: {
    aBoolean: booleanWritable,
    aByte: byteWritable,
    aShort: shortWritable,
    anInt: intWritable,
    aLong: longWritable,
    aFloat: floatWritable,
    aDouble: doubleWritable,
    aVInt: vint,
    aVLong: vlong,
    aText: text,
    someText: textBytes,
    someBytes: bytesWritable,
    nothing: nullWritable,
    anMd5: md5Hash,
    aUtf8: utf8Writable,
    aJavaUtf: javaUtf,
    aString: hadoopString,
    ints: arrayWritable(intWritable),
    rows: twoDArrayWritable(text),
    primitives: arrayPrimitiveWritable,
    actions: enumSetWritable(action),
    aMap: classes.mapWritable,
    aSortedMap: classes.sortedMapWritable,
    anObject: classes.objectWritable,
    aPoint: point.type,
    anEither: either,
    aVersioned: versioned,
  },
});

/** The types whose bytes do: Java's zlib is another than Node's. */
const packed = defineWritable({
  className: "sewer.test.Packed",
  fields: { aString: compressedString, aCompressed: compressed },
});

/** Source text of the classes that users write themselves. */
export const handWritten = [
  {
    className: "sewer.test.Either",
    source: `package sewer.test;
import org.apache.hadoop.io.GenericWritable;
import org.apache.hadoop.io.IntWritable;
import org.apache.hadoop.io.Text;
import org.apache.hadoop.io.Writable;
public class Either extends GenericWritable {
  @SuppressWarnings("unchecked")
  protected Class<? extends Writable>[] getTypes() {
    return new Class[] {Text.class, IntWritable.class};
  }
}
`,
  },
  {
    className: "sewer.test.Versioned",
    source: `package sewer.test;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import org.apache.hadoop.io.Text;
import org.apache.hadoop.io.VersionedWritable;
public class Versioned extends VersionedWritable {
  private final Text content = new Text();
  public byte getVersion() {
    return 7;
  }
  public void readFields(DataInput in) throws IOException {
    super.readFields(in);
    content.readFields(in);
  }
  public void write(DataOutput out) throws IOException {
    super.write(out);
    content.write(out);
  }
}
`,
  },
  {
    className: "sewer.test.Compressed",
    source: `package sewer.test;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import org.apache.hadoop.io.CompressedWritable;
import org.apache.hadoop.io.Text;
public class Compressed extends CompressedWritable {
  private final Text content = new Text();
  protected void readFieldsCompressed(DataInput in) throws IOException {
    content.readFields(in);
  }
  protected void writeCompressed(DataOutput out) throws IOException {
    ensureInflated();
    content.write(out);
  }
}
`,
  },
];

/** A schema and records of it from a seed, serialized. */
export interface SampleRecords {
  readonly schema: WritableSchema<WritableFields>;
  readonly records: readonly Buffer[];
  /** False where Java compresses a field with other bytes. */
  readonly isSameInJava: boolean;
}

/** Random values, the same for the same seed. */
class Dice {
  readonly #random: ReturnType<typeof seededRandom>;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  below(count: number): number {
    return Math.floor(this.#random.next() * count);
  }

  bytes(length: number): Buffer {
    return Buffer.from(this.#random.bytes(length));
  }

  of<Value>(...values: readonly Value[]): Value {
    return values[this.below(values.length)]!;
  }

  list<Value>(countMax: number, make: (index: number) => Value): Value[] {
    return Array.from({ length: this.below(countMax + 1) }, (_, index) => make(index));
  }

  int(): number {
    return this.of(this.bytes(4).readInt32BE(), this.below(300) - 150);
  }

  /** As a decoder gives it. */
  long(): number | bigint {
    const value = this.bytes(8).readBigInt64BE() >> BigInt(this.below(64));
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  text(): string {
    return this.list(12, () => this.of("a", "Z", "é", "日", "🚀", "\0", "\t")).join("");
  }
}

function instance(dice: Dice): WritableInstance {
  return dice.of(
    instanceOf(intWritable, dice.int()),
    instanceOf(text, dice.text()),
    instanceOf(shortWritable, dice.below(100)),
    instanceOf(nullWritable, null),
    instanceOf(doubleWritable, dice.below(100) / 8),
    instanceOf(classes.mapWritable, [[instanceOf(text, "in"), instanceOf(vlong, dice.long())]]),
  );
}

function entries(dice: Dice): WritableEntries {
  const keys = [...new Set(dice.list(30, () => dice.below(1000)))];
  return keys.map((key) => [instanceOf(intWritable, key), instance(dice)]);
}

function object(dice: Dice, levels = 2): JavaObject {
  const leaf = dice.of<JavaObject>(
    { kind: "long", value: dice.long() },
    { kind: "boolean", value: true },
    { kind: "char", value: "ä" },
    { kind: "string", value: dice.text() },
    { kind: "enum", className: action.className, value: dice.of(...action.constants) },
    { kind: "null", className: "java.lang.String" },
    // No primitiveArray: Hadoop reads it, and writes the plain form.
    { kind: "writable", instance: instance(dice) },
  );
  if (levels === 0 || dice.below(2) === 0) return leaf;
  return dice.of<JavaObject>(
    {
      kind: "array",
      className: "[Ljava.lang.String;",
      elements: dice.list(3, () => ({ kind: "string", value: dice.text() })),
    },
    {
      kind: "array",
      className: "[[I",
      elements: dice.list(3, () => ({
        kind: "array",
        className: "[I",
        elements: dice.list(3, () => ({ kind: "int", value: dice.int() })),
      })),
    },
  );
}

function everyValue(dice: Dice): Record<string, unknown> {
  return {
    aBoolean: dice.below(2) === 1,
    aByte: dice.below(256) - 128,
    aShort: dice.bytes(2).readInt16BE(),
    anInt: dice.int(),
    aLong: dice.long(),
    aFloat: dice.of(Math.fround(dice.int() / 7), NaN, -0, Infinity),
    aDouble: dice.of(dice.int() / 7, NaN, -0, 5e-324),
    aVInt: dice.int(),
    aVLong: dice.long(),
    aText: dice.text(),
    someText: dice.bytes(dice.below(200)),
    someBytes: dice.bytes(dice.below(200)),
    nothing: null,
    anMd5: dice.bytes(16),
    aUtf8: dice.text(),
    aJavaUtf: dice.text(),
    aString: dice.of(dice.text(), null),
    ints: dice.list(4, () => dice.int()),
    rows: dice.list(3, () => dice.list(3, () => dice.text())),
    primitives: dice.of<PrimitiveArray>(
      [true, false],
      Int8Array.from(dice.bytes(3)),
      Uint16Array.of(0xd800, dice.below(65_536)),
      Int32Array.of(dice.int()),
      BigInt64Array.of(BigInt(dice.long())),
      Float32Array.of(0.5, NaN),
      Float64Array.of(),
    ),
    // Null is missing: Hadoop cannot read on behind it, see enumSetWritable.
    actions: new Set(dice.list(3, () => dice.of(...action.constants))),
    aMap: entries(dice),
    aSortedMap: entries(dice),
    anObject: object(dice),
    aPoint: { x: dice.int(), y: dice.int() },
    anEither: dice.of(instanceOf(text, dice.text()), instanceOf(intWritable, dice.int())),
    aVersioned: dice.text(),
  };
}

function eventValue(dice: Dice): Record<string, unknown> {
  const orNull = (): string | null => dice.of(dice.text(), null);
  return {
    timestamp: dice.long(),
    ip: dice.text(),
    host: dice.text(),
    requestPath: dice.text(),
    queryString: orNull(),
    referer: orNull(),
    userAgent: orNull(),
    cookies: orNull(),
    sortHash: dice.bytes(16).toString("hex"),
    method: dice.of("GET", "POST"),
    headers: dice.list(3, () => [dice.text(), dice.text()]),
    body: dice.of(null, dice.bytes(dice.below(300))),
  };
}

/** Records of every schema of Sewer, and of one with every type. */
export function sampleRecords(seed: number, count: number): SampleRecords[] {
  const dice = new Dice(seed);
  const sample = (
    schema: WritableSchema<WritableFields>,
    value: () => Record<string, unknown>,
    isSameInJava = true,
  ): SampleRecords => ({
    schema,
    isSameInJava,
    records: Array.from({ length: count }, () => schema.encode(value() as never)),
  });
  return [
    sample(accessLogEvent, () => eventValue(dice)),
    sample(extendedAccessLogEvent, () => eventValue(dice)),
    sample(originalAccessLogEvent, () => eventValue(dice)),
    sample(everything, () => everyValue(dice)),
    sample(packed, () => ({ aString: dice.of(dice.text(), null), aCompressed: dice.text() }), false),
  ];
}

/** Every schema that is a class in the files, or a part of one. */
export const generated: readonly WritableSchema<WritableFields>[] = [
  accessLogEvent,
  extendedAccessLogEvent,
  originalAccessLogEvent,
  point,
  everything,
  packed,
];
