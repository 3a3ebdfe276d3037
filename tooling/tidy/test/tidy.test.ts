import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { checkDocstrings } from "../src/docstrings.ts";
import { checkImports, importsOf } from "../src/imports.ts";
import { checkPackages } from "../src/packages.ts";
import { checkSizes, coreLinesMax, fileLinesMax } from "../src/sizes.ts";
import { checkSpecs } from "../src/specs.ts";
import { checkFileNames, checkGlobals, checkLinks, checkTexts } from "../src/texts.ts";
import { readTexts, readWorkspace, type Violation, type WorkspacePackage } from "../src/workspace.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const workspace = readWorkspace(root);
// This package alone may hold the words that it forbids.
const code = ["packages", "apps", "tooling"]
  .flatMap((dir) => readTexts(root, dir, isCode))
  .filter(({ path }) => !path.startsWith("tooling/tidy/"));
// A conformance suite is a test that lies in a package's sources.
const tests = ["packages", "apps", "tooling"]
  .flatMap((dir) => readTexts(root, dir, isCode))
  .filter(({ path }) => /\.test\.ts$|\/conformance\//.test(path));
const pages = readTexts(root, ".", (name) => name.endsWith(".md"));
const specs = pages.filter(({ path }) => path.startsWith("docs/specs/"));

function isCode(name: string): boolean {
  return /\.(?:ts|mts|mjs)$/.test(name);
}

function lines(violations: readonly Violation[]): string[] {
  return violations.map(({ rule, path, message }) => `${rule}: ${path}: ${message}`);
}

function planted(name: string, text: string, manifest: object = {}): WorkspacePackage[] {
  const dir = `packages/${name.replace("@sewer/", "")}`;
  return [{ dir, manifest: { name, ...manifest }, sources: [{ path: `${dir}/src/planted.ts`, text }] }];
}

describe("the checkout keeps the rules of the house", () => {
  test("and all of it was read", () => {
    const names = workspace.map(({ manifest }) => manifest.name);
    expect(names).toEqual(
      expect.arrayContaining(["@sewer/core", "@sewer/spool", "@sewer/pixel", "@sewer/tidy"]),
    );
    const empty = workspace.filter(({ dir, sources }) => sources.length === 0 && dir !== "tooling/run");
    expect(empty.map(({ dir }) => dir)).toEqual([]);
    const imports = workspace.flatMap(({ sources }) => sources.flatMap((source) => importsOf(source)));
    expect(imports.filter((name) => name === "@sewer/core").length).toBeGreaterThan(10);
    expect(code.length).toBeGreaterThan(100);
    expect(pages.length).toBeGreaterThan(10);
    expect(specs.length).toBeGreaterThan(2);
    expect(tests.length).toBeGreaterThan(50);
  });
  test("imports", () => expect(lines(checkImports(workspace))).toEqual([]));
  test("sizes", () => expect(lines(checkSizes(workspace))).toEqual([]));
  test("docstrings on exports", () => expect(lines(checkDocstrings(workspace))).toEqual([]));
  test("package hygiene", () => expect(lines(checkPackages(root, workspace))).toEqual([]));
  test("words", () => expect(lines(checkTexts(code))).toEqual([]));
  test("globals", () => expect(lines(checkGlobals(workspace))).toEqual([]));
  test("specs", () => expect(lines(checkSpecs(specs, tests))).toEqual([]));
  test("file names", () => expect(lines(checkFileNames(code))).toEqual([]));
  test("links of the Markdown pages", () => expect(lines(checkLinks(root, pages))).toEqual([]));
});

describe("a planted violation is found", () => {
  test.each([
    ["a component that imports a component", "@sewer/source-http", 'import { x } from "@sewer/spool";'],
    ["a sink that imports another sink", "@sewer/sink-hdfs", 'export * from "@sewer/sink-file";'],
    ["core with a dependency", "@sewer/core", 'import { z } from "zod";'],
    ["writable that knows core", "@sewer/writable", 'import type { Batch } from "@sewer/core";'],
    ["a policy that reads files", "@sewer/retry", 'import { readFile } from "node:fs/promises";'],
    ["a dynamic import", "@sewer/spool", 'const x = await import("@sewer/flow");'],
    ["a type in an expression", "@sewer/spool", 'let x: import("@sewer/flow").Flow;'],
    ["a package that no rule names", "@sewer/spool", 'import pino from "pino";'],
    ["another package's sources", "@sewer/flow", 'import { x } from "@sewer/spool/src/x.ts";'],
    ["a path out of the package", "@sewer/flow", 'import { x } from "../../spool/src/index.ts";'],
    ["a builtin without its prefix", "@sewer/spool", 'import { open } from "fs";'],
  ])("imports: %s", (_what, name, text) => {
    expect(checkImports(planted(name, text))).toHaveLength(1);
  });

  test("imports: a dependency in package.json", () => {
    const workspaceWithOne = planted("@sewer/core", "", { dependencies: { undici: "catalog:" } });
    expect(lines(checkImports(workspaceWithOne))).toEqual([
      "imports: packages/core/package.json: @sewer/core may not depend on undici",
    ]);
  });

  test("sizes: a file over the limit, and core as a whole", () => {
    expect(checkSizes(planted("@sewer/spool", "\n".repeat(fileLinesMax)))).toEqual([]);
    expect(checkSizes(planted("@sewer/spool", "\n".repeat(fileLinesMax + 1)))).toHaveLength(1);
    const [core] = planted("@sewer/core", "\n".repeat(coreLinesMax / 2)) as [WorkspacePackage];
    expect(checkSizes([{ ...core, sources: [...core.sources, ...core.sources] }])).toHaveLength(1);
  });

  test.each([
    "export function f(): void {}",
    "export const a = 1;",
    "export interface A {}",
    "export type A = 1;",
    "export class A {}",
  ])("docstrings: %s", (text) => {
    expect(checkDocstrings(planted("@sewer/spool", text))).toHaveLength(1);
    expect(checkDocstrings(planted("@sewer/spool", `/** What it is. */\n${text}`))).toEqual([]);
  });

  test("package hygiene: an empty package", () => {
    const messages = checkPackages(root, planted("@sewer/nowhere", "")).map(({ message }) => message);
    expect(messages).toEqual(
      expect.arrayContaining(["README.md is missing", "it has no test", "sideEffects is not false"]),
    );
  });

  test("package hygiene: a version outside the catalog", () => {
    const violations = checkPackages(root, planted("@sewer/spool", "", { dependencies: { zod: "^4.0.0" } }));
    expect(violations.map(({ message }) => message)).toContain(
      'dependencies: zod is "^4.0.0", not "catalog:" or "workspace:*"',
    );
  });

  test.each([
    ["todo", "// TODO: later"],
    ["only", "test.only('x', () => {});"],
    ["skip", "it.skip('x', () => {});"],
  ])("words: %s", (rule, text) => {
    expect(checkTexts([{ path: "x.ts", text }]).map((violation) => violation.rule)).toEqual([rule]);
  });

  test.each(["Date.now()", "new Date()", "setTimeout(go, 1)", "Math.random()"])("globals: %s", (text) => {
    expect(checkGlobals(planted("@sewer/spool", text))).toHaveLength(1);
    expect(checkGlobals(planted("@sewer/core", text))).toEqual([]);
  });

  test("specs: a rule without a test, a test that is not there, a number that is no rule's", () => {
    const rules = [
      "- **ABC-1** Cited.",
      '- **ABC-2** Named. _x.test.ts "does …"_',
      "- **ABC-3** Neither.",
      '- **ABC-4** Gone. _"was …"_',
      "- **ABC-1** Again.",
    ];
    const page = { path: "docs/specs/abc.md", text: rules.join("\n") };
    // The numbers are put in here, so that this file cites none.
    const titles = 'test("#1, #9: is", f);\nit.each([f(1)])(\n  "does it", f);'.replaceAll("#", "ABC-");
    const titled = { path: "x.test.ts", text: titles };
    expect(lines(checkSpecs([page], [titled]))).toEqual([
      "specs: docs/specs/abc.md: ABC-3 has no test",
      'specs: docs/specs/abc.md: ABC-4 names no test: "was"',
      "specs: docs/specs/abc.md: ABC-1 is there twice",
      "specs: x.test.ts: ABC-9 is no rule of docs/specs",
    ]);
  });

  test("file names: one that says nothing", () => {
    expect(checkFileNames([{ path: "packages/spool/src/file-utils.ts", text: "" }])).toHaveLength(1);
    expect(checkFileNames([{ path: "packages/spool/src/segment.ts", text: "" }])).toEqual([]);
  });

  test("links: one that leads nowhere", () => {
    const page = { path: "README.md", text: "[there](ARCHITECTURE.md) [nowhere](docs/nowhere.md)" };
    expect(lines(checkLinks(root, [page]))).toEqual(['links: README.md: "docs/nowhere.md" is not there']);
  });
});
