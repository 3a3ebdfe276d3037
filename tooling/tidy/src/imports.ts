import { posix } from "node:path";
import { builtinModules } from "node:module";
import ts from "typescript";
import type { SourceText, Violation, WorkspacePackage } from "./workspace.ts";

interface ImportRule {
  /** Workspace packages it may import. */
  readonly packages: readonly string[];
  /** Packages from the registry it may import. */
  readonly external: readonly string[];
  /** Node's own modules it may import; "all", or those named, in the files named. */
  readonly node: "all" | readonly string[];
}

/**
 * The import rule of ARCHITECTURE.md. A component (a source, a sink, the spool) never imports another
 * component; apps and tooling may import everything.
 */
const rules: Readonly<Record<string, ImportRule>> = {
  "@sewer/core": { packages: [], external: [], node: ["fs", "fs/promises"] },
  "@sewer/writable": { packages: [], external: [], node: "all" },
  "@sewer/retry": { packages: ["@sewer/core"], external: ["zod"], node: ["assert"] },
  "@sewer/spool": { packages: ["@sewer/core"], external: ["zod"], node: "all" },
  "@sewer/source-http": { packages: ["@sewer/core", "@sewer/writable"], external: ["zod"], node: "all" },
  "@sewer/file-store": { packages: ["@sewer/core", "@sewer/writable"], external: ["zod"], node: "all" },
  "@sewer/sink-file": { packages: ["@sewer/core", "@sewer/file-store"], external: ["zod"], node: "all" },
  "@sewer/sink-hdfs": {
    packages: ["@sewer/core", "@sewer/file-store"],
    external: ["zod", "undici"],
    node: "all",
  },
  "@sewer/flow": { packages: ["@sewer/core", "@sewer/spool", "@sewer/retry"], external: [], node: "all" },
  "@sewer/testkit": { packages: ["@sewer/core"], external: ["vitest"], node: "all" },
};

/** Node's own modules as they may be written without a prefix; newer ones exist with it only. */
const builtins = new Set(builtinModules.filter((name) => !name.startsWith("node:")));

/** Every import in `src/` and every dependency in a package.json that the rule above does not allow. */
export function checkImports(workspace: readonly WorkspacePackage[]): Violation[] {
  return workspace.flatMap((pkg) => [
    ...pkg.sources.flatMap((source) => checkSource(pkg, source)),
    ...checkDependencies(pkg),
  ]);
}

/** The module names that a file imports: static, dynamic, re-exports and import types. */
export function importsOf(source: SourceText): string[] {
  const file = ts.createSourceFile(source.path, source.text, ts.ScriptTarget.Latest);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
      found.push((node.moduleSpecifier as ts.StringLiteral).text);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [target] = node.arguments;
      if (target !== undefined && ts.isStringLiteralLike(target)) found.push(target.text);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      found.push((node.argument.literal as ts.StringLiteral).text);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function checkSource(pkg: WorkspacePackage, source: SourceText): Violation[] {
  return importsOf(source).flatMap((specifier) => {
    const message = judge(pkg, source.path, specifier);
    return message === undefined ? [] : [{ rule: "imports", path: source.path, message }];
  });
}

function judge(pkg: WorkspacePackage, path: string, specifier: string): string | undefined {
  if (specifier.startsWith(".")) {
    const target = posix.join(posix.dirname(path), specifier);
    return target.startsWith(`${pkg.dir}/`) ? undefined : `"${specifier}" leaves the package`;
  }
  const rule = rules[pkg.manifest.name];
  if (builtins.has(specifier)) return `"${specifier}" has to be written "node:${specifier}"`;
  if (specifier.startsWith("node:")) {
    const allowed = rule === undefined || rule.node === "all" || rule.node.includes(specifier.slice(5));
    return allowed ? undefined : `${pkg.manifest.name} may not import ${specifier}`;
  }
  const name = packageNameOf(specifier);
  if (name.startsWith("@sewer/") && specifier.slice(name.length).includes("/src")) {
    return `"${specifier}" reaches into another package's sources`;
  }
  if (rule === undefined) return undefined;
  const allowed = name.startsWith("@sewer/") ? rule.packages : rule.external;
  return allowed.includes(name) ? undefined : `${pkg.manifest.name} may not import ${name}`;
}

function packageNameOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

function checkDependencies(pkg: WorkspacePackage): Violation[] {
  const rule = rules[pkg.manifest.name];
  if (rule === undefined) return [];
  const named = Object.keys(pkg.manifest["dependencies"] ?? {});
  return named
    .filter((name) => !rule.packages.includes(name) && !rule.external.includes(name))
    .map((name) => ({
      rule: "imports",
      path: `${pkg.dir}/package.json`,
      message: `${pkg.manifest.name} may not depend on ${name}`,
    }));
}
