import { describe, expect, test } from "vitest";
import {
  accessLogEvent,
  bytesWritable,
  defineWritable,
  javaSource,
  nullable,
  schemaOf,
  text,
  vint,
  writableErrors,
} from "../../src/index.ts";
import { fixture } from "../fixtures.ts";

test("the class of an access-log event", () => {
  expect(javaSource(accessLogEvent)).toBe(fixture("java/AccessLogEvent.java").toString("utf8"));
});

test("fields are read, written and compared in the schema's order", () => {
  const source = javaSource(accessLogEvent);
  const names = accessLogEvent.fields.map((field) => field.name);
  for (const pattern of [/this\.(\w+)(?: = WritableUtils|\.readFields)/g, /other\.(\w+)\);/g]) {
    const found = [...source.matchAll(pattern)].map((match) => match[1]);
    expect(found.slice(0, names.length), String(pattern)).toEqual(names);
  }
  expect([...source.matchAll(/public (?:long|Text) get(\w+)\(\)/g)]).toHaveLength(names.length);
});

test("only what the fields need is imported, and a class may have no package", () => {
  const source = javaSource(
    defineWritable({ className: "Small", fields: { size: vint, body: nullable(bytesWritable) } }),
  );
  expect(source).not.toMatch(/^package/m);
  expect(source.match(/^import .*/gm)).toEqual([
    "import java.io.DataInput;",
    "import java.io.DataOutput;",
    "import java.io.IOException;",
    "import org.apache.hadoop.io.BytesWritable;",
    "import org.apache.hadoop.io.WritableComparable;",
    "import org.apache.hadoop.io.WritableUtils;",
  ]);
  expect(source).toContain("private int size;");
  expect(source).toContain("Integer.compare(this.size, other.size)");
  expect(source).toContain("return this.body.compareTo(other.body);");
});

test("a schema's name cannot leave the comment", () => {
  const source = javaSource(
    schemaOf({ fields: accessLogEvent.fields, name: "*/ evil\n /* \\u002a/" }, "a.B"),
  );
  expect(source).toContain(" * Schema ___evil______u002a_, generated");
});

describe("refused", () => {
  test.each([
    "access-log",
    "a..B",
    "",
    "a.1B",
    "class.B",
    "a.Outer$Inner",
    "a.B;",
    "a.Text",
    "x.Long",
    "x._",
  ])("class name %j", (className) => {
    const schema = defineWritable({ className, fields: { a: text } });
    expect(() => javaSource(schema)).toThrow(expect.objectContaining({ code: writableErrors.schema }));
  });

  test("a field named by a reserved word", () => {
    const schema = defineWritable({ className: "a.B", fields: { class: text } });
    expect(() => javaSource(schema)).toThrow(expect.objectContaining({ code: writableErrors.schema }));
  });
});
