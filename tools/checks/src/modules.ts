import { posix } from 'node:path';
import ts from 'typescript';

/** What one import or re-export takes from another module. */
export interface Taken {
  specifier: string;
  /** As the other module calls them; `*`: all. */
  names: readonly string[];
}

/** What a source file takes from other modules, and what it gives. */
export interface Module {
  imports: readonly Taken[];
  /** Re-exports, which are imports at the same time. */
  passes: readonly Taken[];
  /** The names that others can take from it: its own, and those that it passes on; `*`: all of another module. */
  exports: readonly string[];
}

/** Imports (static, dynamic and of types), re-exports and exports of a source file. */
export function parseModule(source: string): Module {
  const file = ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest, true);
  const imports: Taken[] = [];
  const passes: Taken[] = [];
  const exports: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) imports.push(importedBy(node));
    else if (ts.isExportDeclaration(node)) {
      const { exportClause, moduleSpecifier } = node;
      exports.push(...namesOf(exportClause, ({ name }) => name));
      if (moduleSpecifier === undefined) return;
      const names = namesOf(exportClause, ({ name, propertyName }) => propertyName ?? name);
      passes.push({ specifier: text(moduleSpecifier), names });
    } else if (ts.isImportTypeNode(node)) imports.push(importedType(node));
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      imports.push({ specifier: text(node.arguments[0]), names: destructured(node) });
    }
    if (isExported(node)) exports.push(...declaredNames(node));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { imports, passes, exports };
}

/** The file that a relative specifier means, among those that there are; undefined: none of them. */
export function resolveRelative(
  from: string,
  specifier: string,
  files: Pick<ReadonlyMap<string, unknown>, 'has'>,
): string | undefined {
  const path = posix.join(posix.dirname(from), specifier);
  return [`${path}.ts`, `${path}/index.ts`, path].find((candidate) => files.has(candidate));
}

function importedBy({ moduleSpecifier, importClause }: ts.ImportDeclaration): Taken {
  const bindings = importClause?.namedBindings;
  const named =
    bindings === undefined
      ? []
      : ts.isNamespaceImport(bindings)
        ? ['*']
        : bindings.elements.map(({ name, propertyName }) => (propertyName ?? name).text);
  const byDefault = importClause?.name === undefined ? [] : ['default'];
  return { specifier: text(moduleSpecifier), names: [...byDefault, ...named] };
}

function importedType({ argument, qualifier }: ts.ImportTypeNode): Taken {
  const specifier = ts.isLiteralTypeNode(argument) ? text(argument.literal) : '';
  return { specifier, names: qualifier === undefined ? ['*'] : [firstName(qualifier)] };
}

function firstName(name: ts.EntityName): string {
  return ts.isIdentifier(name) ? name.text : firstName(name.left);
}

/** `{ a, b }` of `const { a, b } = await import('x')`; anything else may use all. */
function destructured(call: ts.CallExpression): string[] {
  const { parent } = call.parent;
  if (!ts.isAwaitExpression(call.parent) || !ts.isVariableDeclaration(parent)) return ['*'];
  if (!ts.isObjectBindingPattern(parent.name)) return ['*'];
  return parent.name.elements.map(({ name, propertyName }) => (propertyName ?? name).getText());
}

function namesOf(
  clause: ts.NamedExportBindings | undefined,
  nameOf: (candidate: ts.ExportSpecifier) => ts.ModuleExportName,
): string[] {
  if (clause === undefined || ts.isNamespaceExport(clause)) return ['*'];
  return clause.elements.map((candidate) => nameOf(candidate).text);
}

function isExported(node: ts.Node): boolean {
  return (
    ts.canHaveModifiers(node) &&
    (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
  );
}

function declaredNames(node: ts.Node): string[] {
  if (ts.isVariableStatement(node)) {
    return node.declarationList.declarations.map(({ name }) => name.getText());
  }
  const { name } = node as ts.DeclarationStatement;
  return name === undefined ? [] : [name.text];
}

function text(node: ts.Node | undefined): string {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : '';
}
