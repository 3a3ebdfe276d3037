import ts from "typescript";
import type { SourceText, Violation, WorkspacePackage } from "./workspace.ts";

/** Exported declarations of the published packages that no docstring explains. */
export function checkDocstrings(workspace: readonly WorkspacePackage[]): Violation[] {
  return workspace
    .filter((pkg) => pkg.dir.startsWith("packages/"))
    .flatMap((pkg) => pkg.sources.flatMap((source) => undocumentedExports(source)));
}

function undocumentedExports(source: SourceText): Violation[] {
  const file = ts.createSourceFile(source.path, source.text, ts.ScriptTarget.Latest, true);
  const exported = file.statements.filter((statement) => isExportedDeclaration(statement));
  // Overloads share a name: a docstring on one of them explains all.
  const documented = new Set(exported.filter(hasDocstring).map(nameOf));
  return exported
    .filter((statement) => !documented.has(nameOf(statement)))
    .map((statement) => {
      const line = file.getLineAndCharacterOfPosition(statement.getStart()).line + 1;
      const message = `line ${line}: ${nameOf(statement)} is exported without a docstring`;
      return { rule: "docstrings", path: source.path, message };
    });
}

function hasDocstring(statement: ts.Statement): boolean {
  return ts.getJSDocCommentsAndTags(statement).length > 0;
}

function isExportedDeclaration(statement: ts.Statement): boolean {
  // `export { x } from` carries no docstring: the declaration itself does.
  if (ts.isExportDeclaration(statement) || !ts.canHaveModifiers(statement)) return false;
  const modifiers = ts.getModifiers(statement) ?? [];
  return modifiers.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword);
}

function nameOf(statement: ts.Statement): string {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText()).join(", ");
  }
  const name = (statement as ts.Statement & { name?: ts.Node }).name;
  return name?.getText() ?? "a declaration";
}
