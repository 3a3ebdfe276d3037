import type { ByteReader } from "../byte-reader.ts";
import type { ByteWriter } from "../byte-writer.ts";
import { arrayPrimitiveWritable } from "./array-primitive-writable.ts";
import { decodeInstance, encodeInstance } from "./instance.ts";
import { configuredInstance } from "./java-instance.ts";
import type { JavaObject, JavaPrimitive } from "./java-object.ts";
import type { FindClass } from "./map-writable.ts";
import type { WritableType } from "./writable-type.ts";

const hadoop = "org.apache.hadoop.io.";
const nullInstance = `${hadoop}ObjectWritable$NullInstance`;
const compactArray = `${hadoop}ArrayPrimitiveWritable$Internal`;
const stringClass = "java.lang.String";

/** What an ObjectWritable may hold. */
export interface ObjectClasses {
  /** Finds the Writables. */
  readonly findClass: FindClass;
  /** True for the name of an enum: its bytes do not say that it is one. */
  readonly isEnum: (className: string) => boolean;
}

/** `ObjectWritable`: UTF8 declared class name, then by class (ObjectWritable.java, readObject and writeObject). */
export function objectWritableOf(classes: ObjectClasses): WritableType<JavaObject> {
  return {
    name: "ObjectWritable",
    className: `${hadoop}ObjectWritable`,
    nullable: false,
    empty: undefined,
    javaInstance: configuredInstance(`${hadoop}ObjectWritable`),
    encode: encodeObject,
    decode: (source) => decodeObject(source, classes),
  };
}

function encodeObject(target: ByteWriter, object: JavaObject): void {
  const writeName = (name: string): void => target.modifiedUtf8(name, "00");
  if (isPrimitive(object)) {
    writeName(object.kind);
    return encodePrimitive(target, object);
  }
  switch (object.kind) {
    case "null":
      writeName(`${hadoop}Writable`);
      writeName(nullInstance);
      return writeName(object.className);
    case "string":
      writeName(stringClass);
      return target.modifiedUtf8(object.value, "00");
    case "array":
      writeName(object.className);
      target.int32(object.elements.length);
      return target.nested(() => object.elements.forEach((element) => encodeObject(target, element)));
    case "primitiveArray":
      writeName(compactArray);
      return arrayPrimitiveWritable.encode(target, object.values);
    case "enum":
      writeName(object.className);
      return writeName(object.value);
    case "writable":
      writeName(object.className ?? object.instance.type.className);
      writeName(object.instance.type.className);
      return target.nested(() => encodeInstance(target, object.instance));
  }
}

function isPrimitive(object: JavaObject): object is JavaPrimitive {
  return Object.hasOwn(primitiveReaders, object.kind);
}

function encodePrimitive(target: ByteWriter, primitive: JavaPrimitive): void {
  switch (primitive.kind) {
    case "boolean":
      return target.byte(primitive.value ? 1 : 0);
    case "char":
      if (primitive.value.length !== 1) throw new TypeError("a char is one UTF-16 unit");
      return target.uint16(primitive.value.charCodeAt(0));
    case "byte":
      return target.int8(primitive.value);
    case "short":
      return target.int16(primitive.value);
    case "int":
      return target.int32(primitive.value);
    case "float":
      return target.float32(primitive.value);
    case "double":
      return target.float64(primitive.value);
    case "long":
      return target.int64(primitive.value);
    case "void":
  }
}

const primitiveReaders: Readonly<Record<JavaPrimitive["kind"], (source: ByteReader) => JavaPrimitive>> = {
  boolean: (source) => ({ kind: "boolean", value: source.uint8() !== 0 }),
  char: (source) => ({ kind: "char", value: String.fromCharCode(source.uint16()) }),
  byte: (source) => ({ kind: "byte", value: source.int8() }),
  short: (source) => ({ kind: "short", value: source.int16() }),
  int: (source) => ({ kind: "int", value: source.int32() }),
  float: (source) => ({ kind: "float", value: source.float32() }),
  double: (source) => ({ kind: "double", value: source.float64() }),
  long: (source) => ({ kind: "long", value: source.int64() }),
  void: () => ({ kind: "void" }),
};

function decodeObject(source: ByteReader, classes: ObjectClasses): JavaObject {
  const className = source.modifiedUtf8();
  if (Object.hasOwn(primitiveReaders, className)) {
    return primitiveReaders[className as JavaPrimitive["kind"]](source);
  }
  if (className.startsWith("[")) {
    const count = source.elementCount();
    const elements: JavaObject[] = [];
    return source.nested(() => {
      for (let index = 0; index < count; index += 1) elements.push(decodeObject(source, classes));
      return { kind: "array", className, elements };
    });
  }
  if (className === stringClass) return { kind: "string", value: source.modifiedUtf8() };
  if (className === compactArray)
    return { kind: "primitiveArray", values: arrayPrimitiveWritable.decode(source) };
  if (classes.isEnum(className)) return { kind: "enum", className, value: source.modifiedUtf8() };
  const actualClass = source.modifiedUtf8();
  if (actualClass === nullInstance) return { kind: "null", className: source.modifiedUtf8() };
  const type = classes.findClass(actualClass, source);
  const instance = source.nested(() => decodeInstance(source, type));
  return { kind: "writable", ...(className !== actualClass && { className }), instance };
}
