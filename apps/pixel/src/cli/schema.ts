import {
  accessLogEvent,
  extendedAccessLogEvent,
  javaSource,
  originalAccessLogEvent,
  type FieldDescription,
  type WritableFields,
  type WritableSchema,
} from "@sewer/writable";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import type { SchemaName } from "./schema-names.ts";
import type { Terminal } from "./terminal.ts";

const schemas: Readonly<Record<SchemaName, WritableSchema<WritableFields>>> = {
  "access-log": accessLogEvent,
  "access-log-extended": extendedAccessLogEvent,
  "sewer-0.5": originalAccessLogEvent,
};

/** The JSON forms of docs/formats/json-lines.md. */
const jsonTypes: Readonly<Record<string, object>> = {
  VLong: { type: ["integer", "string"], pattern: "^-?[0-9]+$", description: "a string beyond 2^53 - 1" },
  Text: { type: "string" },
  TextPairs: {
    type: "array",
    items: { type: "array", items: { type: "string" }, minItems: 2, maxItems: 2 },
  },
  BytesWritable: { type: "string", contentEncoding: "base64" },
};

/**
 * Prints a schema: the JSON Schema of its events in JSON files, or the Java class that reads its keys in
 * SequenceFiles.
 */
export function printSchema(
  name: SchemaName,
  options: { readonly java?: boolean },
  terminal: Terminal,
): ExitCode {
  const schema = schemas[name];
  const json = (): string => `${JSON.stringify(jsonSchemaOf(schema), null, 2)}\n`;
  terminal.stdout.write(options.java === true ? javaSource(schema) : json());
  return exitCodes.ok;
}

function jsonSchemaOf({ name, className, fields }: WritableSchema<WritableFields>): object {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: name,
    description: `One event of a JSON file. In a SequenceFile its class is ${className}, where null is empty.`,
    type: "object",
    properties: Object.fromEntries(fields.map((field) => [field.name, jsonTypeOf(field)])),
    required: fields.map((field) => field.name),
    additionalProperties: false,
  };
}

function jsonTypeOf({ type, nullable }: FieldDescription): object {
  const form = jsonTypes[type] ?? {};
  return nullable ? { ...form, type: ["string", "null"] } : form;
}
