import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Violation, WorkspacePackage } from "./workspace.ts";

/** What every package.json and package folder has to have. */
export function checkPackages(root: string, workspace: readonly WorkspacePackage[]): Violation[] {
  return workspace.flatMap((pkg) => {
    const path = `${pkg.dir}/package.json`;
    const problems = [...manifestProblems(pkg), ...folderProblems(root, pkg), ...versionProblems(pkg)];
    return problems.map((message) => ({ rule: "packages", path, message }));
  });
}

function manifestProblems({ dir, manifest }: WorkspacePackage): string[] {
  const problems: string[] = [];
  const expect = (holds: boolean, message: string): void => void (holds || problems.push(message));
  expect(typeof manifest["description"] === "string", "description is missing");
  expect(manifest["license"] === "Apache-2.0", "license is not Apache-2.0");
  expect(manifest["type"] === "module", "type is not module");
  if (!dir.startsWith("packages/")) return problems;
  const exported = (manifest["exports"] as Record<string, Record<string, string>> | undefined)?.["."];
  expect(manifest.private !== true, "a package below packages/ is published, so it is not private");
  expect(manifest["sideEffects"] === false, "sideEffects is not false");
  expect(JSON.stringify(manifest["files"]) === '["dist"]', 'files is not ["dist"]');
  expect(
    typeof (manifest["engines"] as { node?: string } | undefined)?.node === "string",
    "engines.node is missing",
  );
  expect(
    JSON.stringify(Object.keys(exported ?? {})) === '["@sewer/source","types","default"]',
    'exports["."] is not { @sewer/source, types, default } in this order',
  );
  return problems;
}

function folderProblems(root: string, { dir }: WorkspacePackage): string[] {
  const problems: string[] = [];
  if (!existsSync(join(root, dir, "README.md"))) problems.push("README.md is missing");
  const test = join(root, dir, "test");
  const tests = existsSync(test) ? readdirSync(test, { recursive: true }) : [];
  if (!tests.some((name) => String(name).endsWith(".test.ts"))) problems.push("it has no test");
  return problems;
}

function versionProblems({ manifest }: WorkspacePackage): string[] {
  const sections = ["dependencies", "devDependencies", "optionalDependencies"];
  return sections.flatMap((section) =>
    Object.entries((manifest[section] ?? {}) as Record<string, string>)
      .filter(([, version]) => version !== "catalog:" && !version.startsWith("workspace:"))
      .map(([name, version]) => `${section}: ${name} is "${version}", not "catalog:" or "workspace:*"`),
  );
}
