import type { AnyWritableType } from "../writables/writable-type.ts";
import { schemaError } from "../errors.ts";
import { javaNameOf } from "./java-names.ts";

/** How one type of field is written in Java. `field` is the expression that names it, `this.host`. */
export interface JavaType {
  readonly type: string;
  readonly imports: readonly string[];
  /** What it holds at first; undefined: Java's own 0 or false. */
  readonly initial: string | undefined;
  /** Names of {@link javaMethods}. */
  readonly methods: readonly string[];
  read(field: string): string;
  write(field: string): string;
  compare(left: string, right: string): string;
  hash(field: string): string;
  equal(left: string, right: string): string;
}

const hadoop = "org.apache.hadoop.io.";
const utils = `${hadoop}WritableUtils`;

/** Types that have no class of their own, or one that a primitive of Java says better. */
const plainTypes: Readonly<Record<string, JavaType>> = {
  Boolean: primitive("boolean", "Boolean"),
  Byte: primitive("byte", "Byte"),
  Short: primitive("short", "Short"),
  Int: primitive("int", "Integer"),
  Long: primitive("long", "Long"),
  Float: primitive("float", "Float"),
  Double: primitive("double", "Double"),
  VInt: variableLength("int", "Integer", "VInt"),
  VLong: variableLength("long", "Long", "VLong"),
  JavaUTF: {
    ...ofObject("String", '""'),
    read: (field) => `${field} = in.readUTF()`,
    write: (field) => `out.writeUTF(${field})`,
  },
  String: nullableString("String"),
  CompressedString: nullableString("CompressedString"),
  TextPairs: {
    ...ofObject("List<List<Text>>", "new ArrayList<>()"),
    imports: ["java.util.ArrayList", "java.util.Arrays", "java.util.List", `${hadoop}Text`],
    methods: ["readPairs", "writePairs", "comparePairs"],
    read: (field) => `${field} = readPairs(in)`,
    write: (field) => `writePairs(out, ${field})`,
    compare: (left, right) => `comparePairs(${left}, ${right})`,
  },
};

/** The Java form of a field's type. @throws WritableError `schema` when its class has no name in Java. */
export function javaTypeOf(type: AnyWritableType): JavaType {
  if (Object.hasOwn(plainTypes, type.name)) return plainTypes[type.name]!;
  const { qualified, simple } = javaNameOf(type.className);
  if (type.className === `${hadoop}Writable`) {
    throw schemaError(`a ${type.name} has no class, and no Java form here`);
  }
  // Those of Hadoop are imported; others could hide each other.
  const isImported = qualified === hadoop + simple;
  const name = isImported ? simple : qualified;
  const form = ofObject(name, type.javaInstance ?? `new ${name}()`);
  const imports = isImported ? [qualified] : [];
  if (type.compare !== undefined) return { ...form, imports };
  return {
    ...form,
    imports: [...imports, utils, `${hadoop}Writable`, `${hadoop}WritableComparator`, "java.util.Arrays"],
    methods: ["compareBytes"],
    compare: (left, right) => `compareBytes(${left}, ${right})`,
    hash: (field) => `Arrays.hashCode(WritableUtils.toByteArray(${field}))`,
    equal: (left, right) => `compareBytes(${left}, ${right}) == 0`,
  };
}

function primitive(type: string, box: string): JavaType {
  const name = type.charAt(0).toUpperCase() + type.slice(1);
  return {
    ...ofPrimitive(type, box),
    read: (field) => `${field} = in.read${name}()`,
    write: (field) => `out.write${name}(${field})`,
  };
}

function variableLength(type: string, box: string, name: string): JavaType {
  return {
    ...ofPrimitive(type, box),
    imports: [utils],
    read: (field) => `${field} = WritableUtils.read${name}(in)`,
    write: (field) => `WritableUtils.write${name}(out, ${field})`,
  };
}

function nullableString(name: string): JavaType {
  return {
    ...ofObject("String", '""'),
    imports: [utils, "java.util.Objects"],
    methods: ["compareStrings"],
    read: (field) => `${field} = WritableUtils.read${name}(in)`,
    write: (field) => `WritableUtils.write${name}(out, ${field})`,
    compare: (left, right) => `compareStrings(${left}, ${right})`,
    hash: (field) => `Objects.hashCode(${field})`,
    equal: (left, right) => `Objects.equals(${left}, ${right})`,
  };
}

function ofPrimitive(type: string, box: string): Omit<JavaType, "read" | "write"> {
  const isFloating = type === "float" || type === "double";
  const compare = (left: string, right: string): string => `${box}.compare(${left}, ${right})`;
  return {
    type,
    imports: [],
    initial: undefined,
    methods: [],
    compare,
    hash: (field) => `${box}.hashCode(${field})`,
    equal: (left, right) => (isFloating ? `${compare(left, right)} == 0` : `${left} == ${right}`),
  };
}

function ofObject(type: string, initial: string): JavaType {
  return {
    type,
    imports: [],
    initial,
    methods: [],
    read: (field) => `${field}.readFields(in)`,
    write: (field) => `${field}.write(out)`,
    compare: (left, right) => `${left}.compareTo(${right})`,
    hash: (field) => `${field}.hashCode()`,
    equal: (left, right) => `${left}.equals(${right})`,
  };
}
