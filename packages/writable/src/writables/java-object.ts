import type { PrimitiveArray } from "./array-primitive-writable.ts";
import type { WritableInstance } from "./instance.ts";

/**
 * What an ObjectWritable holds: a Java object and its declared class. `className` is a binary name: `[I` for `int[]`,
 * `[Ljava.lang.String;` for `String[]`, `Outer$Inner`.
 */
export type JavaObject =
  | {
      /** Null, of a variable of this class. */
      readonly kind: "null";
      readonly className: string;
    }
  | JavaPrimitive
  | {
      readonly kind: "string";
      readonly value: string;
    }
  | {
      readonly kind: "array";
      readonly className: string;
      readonly elements: readonly JavaObject[];
    }
  | {
      /** An array of primitives in its compact form (HADOOP-6949). */
      readonly kind: "primitiveArray";
      readonly values: PrimitiveArray;
    }
  | {
      readonly kind: "enum";
      readonly className: string;
      /** The constant's name. */
      readonly value: string;
    }
  | {
      readonly kind: "writable";
      /** The declared class, which may be an interface. @default the instance's class */
      readonly className?: string;
      readonly instance: WritableInstance;
    };

/** A value of one of Java's primitive types. */
export type JavaPrimitive =
  | { readonly kind: "boolean"; readonly value: boolean }
  | {
      readonly kind: "char";
      /** One UTF-16 unit. */
      readonly value: string;
    }
  | { readonly kind: "byte" | "short" | "int" | "float" | "double"; readonly value: number }
  | { readonly kind: "long"; readonly value: number | bigint }
  | { readonly kind: "void" };
