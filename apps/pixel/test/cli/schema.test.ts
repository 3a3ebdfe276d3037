import { accessLogEvent, extendedAccessLogEvent, javaSource, originalAccessLogEvent } from "@sewer/writable";
import { expect, test } from "vitest";
import { runSewer } from "../support/run-sewer.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const directory = temporaryDirectory();
const sewer = (...args: string[]): ReturnType<typeof runSewer> =>
  runSewer(["schema", ...args], { cwd: directory() });

test.each([
  [[], accessLogEvent],
  [["access-log"], accessLogEvent],
  [["access-log-extended"], extendedAccessLogEvent],
  [["sewer-0.5"], originalAccessLogEvent],
])("schema %j --java", async (args, schema) => {
  expect(await sewer(...args, "--java")).toMatchObject({ code: 0, stdout: javaSource(schema), stderr: "" });
});

test("the JSON Schema of events in JSON files", async () => {
  const { code, stdout } = await sewer("access-log-extended");
  expect(code).toBe(0);
  const schema = JSON.parse(stdout) as { properties: Record<string, { type: unknown }>; required: string[] };
  expect(Object.keys(schema.properties)).toEqual(schema.required);
  expect(schema.required).toEqual(extendedAccessLogEvent.fields.map(({ name }) => name));
  const types = Object.entries(schema.properties).map(([name, { type }]) => [name, type] as const);
  expect(Object.fromEntries(types)).toEqual({
    timestamp: ["integer", "string"],
    ip: "string",
    host: "string",
    requestPath: "string",
    queryString: ["string", "null"],
    referer: ["string", "null"],
    userAgent: ["string", "null"],
    cookies: ["string", "null"],
    method: "string",
    headers: "array",
    body: ["string", "null"],
  });
});

test("another schema is a usage error", async () => {
  expect(await sewer("nope")).toMatchObject({ code: 1, stdout: "" });
});
