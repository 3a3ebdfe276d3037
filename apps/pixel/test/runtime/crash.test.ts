import { execFile } from "node:child_process";
import { expect, test } from "vitest";

const module = new URL("../../src/runtime/crash.ts", import.meta.url).href;

function run(script: string): Promise<{ code: unknown; stderr: string }> {
  const source = `import { endOnCrash } from ${JSON.stringify(module)};\n${script}`;
  const args = ["--conditions=@sewer/source", "--input-type=module", "-e", source];
  return new Promise((resolve) => {
    execFile(process.execPath, args, (error, _, stderr) => resolve({ code: error?.code, stderr }));
  });
}

test.each([
  ["thrown", "setImmediate(() => { throw new Error('boom'); });"],
  ["a rejection that nobody handled", "void Promise.reject(new Error('boom'));"],
])("%s: reported, then 70", async (_, cause) => {
  const report = "endOnCrash((error) => process.stderr.write(`said ${error.message}\\n`));";
  const before = "endOnCrash(() => process.stderr.write('not me'));";
  expect(await run(`${before}${report}${cause}`)).toEqual({ code: 70, stderr: "said boom\n" });
});

test("70 also when the report itself fails", async () => {
  const script = "endOnCrash(() => { throw new Error('again'); }); throw new Error('boom');";
  expect(await run(script)).toMatchObject({ code: 70 });
});
