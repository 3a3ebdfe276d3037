import type { ByteReader } from "../byte-reader.ts";
import type { ByteWriter } from "../byte-writer.ts";
import { ClassTable } from "./class-table.ts";
import { inHashMapOrder } from "./hash-map-order.ts";
import {
  compareInstances,
  decodeInstance,
  encodeInstance,
  hashOf,
  type WritableInstance,
} from "./instance.ts";
import { configuredInstance } from "./java-instance.ts";
import type { WritableType } from "./writable-type.ts";

/** One entry of a map. */
export type WritableEntry = readonly [key: WritableInstance, value: WritableInstance];

/** A map's entries, in the order in which they stand in its bytes. */
export type WritableEntries = readonly WritableEntry[];

/** Finds a Writable by its Java class. @throws WritableError `unknownClass`. */
export type FindClass = (className: string, source: ByteReader) => WritableInstance["type"];

/**
 * `MapWritable`: class table, int32 entries, then per entry: id byte, key, id byte, value.
 *
 * @param order `hash`: as Hadoop's own writer would have them, see {@link inHashMapOrder}.
 */
export function mapWritableOf(
  findClass: FindClass,
  order: "insertion" | "hash" = "insertion",
): WritableType<WritableEntries> {
  return {
    ...mapType("MapWritable"),
    encode: (target, entries) => encodeMap(target, order === "hash" ? inHashMapOrder(entries) : entries),
    decode: (source) => decodeMap(source, findClass),
    // MapWritable.hashCode.
    hash: (entries) => (1 + hashOfEntries(entries)) | 0,
  };
}

/** `SortedMapWritable`: the bytes of {@link mapWritableOf}, in the order of the keys, which are of one class. */
export function sortedMapWritableOf(findClass: FindClass): WritableType<WritableEntries> {
  return {
    ...mapType("SortedMapWritable"),
    encode: (target, entries) =>
      encodeMap(
        target,
        [...entries].sort(([left], [right]) => compareInstances(left, right)),
      ),
    decode: (source) => decodeMap(source, findClass),
    hash: hashOfEntries,
  };
}

function encodeMap(target: ByteWriter, entries: WritableEntries): void {
  const table = new ClassTable();
  for (const instance of entries.flat()) table.add(instance.type.className);
  table.write(target);
  target.int32(entries.length);
  target.nested(() => {
    for (const instance of entries.flat()) {
      target.byte(table.idOf(instance.type.className));
      encodeInstance(target, instance);
    }
  });
}

function decodeMap(source: ByteReader, findClass: FindClass): WritableEntries {
  const table = ClassTable.read(source);
  const count = source.elementCount();
  return source.nested(() => {
    const entries: WritableEntry[] = [];
    for (let index = 0; index < count; index += 1) {
      const key = decodeInstance(source, findClass(table.readName(source), source));
      entries.push([key, decodeInstance(source, findClass(table.readName(source), source))]);
    }
    return entries;
  });
}

/** AbstractMap.hashCode. */
function hashOfEntries(entries: WritableEntries): number {
  return entries.reduce((sum, [key, value]) => (sum + (hashOf(key) ^ hashOf(value))) | 0, 0);
}

function mapType(name: string) {
  const className = `org.apache.hadoop.io.${name}`;
  const javaInstance = configuredInstance(className);
  return { name, className, nullable: false, empty: undefined, javaInstance } as const;
}
