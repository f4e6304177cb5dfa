import { defaults } from '@ai-stack/render';
import ts from 'typescript';

type Kind = keyof typeof defaults;

/** By which keys an object of a definition is known. */
const marks: readonly (readonly [Kind, ...string[]])[] = [
  ['service', 'containers'],
  ['container', 'image'],
  ['mount', 'source', 'target'],
  ['published', 'endpoint'],
  ['route', 'rule'],
  ['file', 'path', 'content'],
  ['directory', 'path', 'purpose'],
];

/**
 * What a definition writes although it need not: in its files a default of `libs/render/src/normalise.ts`, in `service.ts`
 * also any empty value. Only literals are read: a value that is computed may come out as anything.
 */
export function definitionErrors(file: string, source: string): string[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const errors: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) {
      for (const { property, text } of needless(node, file.endsWith('service.ts'))) {
        const { line } = tree.getLineAndCharacterOfPosition(property.getStart());
        errors.push(`${file}:${line + 1}: ${text}: leave it out`);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return errors;
}

function needless(
  object: ts.ObjectLiteralExpression,
  isDefinition: boolean,
): { property: ts.PropertyAssignment; text: string }[] {
  const kind = kindOf(object);
  const left: Readonly<Record<string, unknown>> = kind === undefined ? {} : defaults[kind];
  return object.properties.filter(ts.isPropertyAssignment).flatMap((property) => {
    const name = property.name.getText();
    const value = literalOf(property.initializer);
    if (value === undefined) return [];
    const text = property.getText();
    if (Object.hasOwn(left, name) && JSON.stringify(left[name]) === value)
      return [{ property, text: `${text} is the default of a ${kind ?? ''}` }];
    return isDefinition && empty.includes(value) ? [{ property, text: `${text} is empty` }] : [];
  });
}

const empty = ['[]', '{}', 'null'];

function kindOf(object: ts.ObjectLiteralExpression): Kind | undefined {
  const names = object.properties.map((property) => property.name?.getText());
  const mark = marks.find(([, ...keys]) => keys.every((key) => names.includes(key)));
  if (mark !== undefined) return mark[0];
  const kind = object.properties
    .filter(ts.isPropertyAssignment)
    .find((property) => property.name.getText() === 'kind')?.initializer;
  if (kind === undefined || !ts.isStringLiteral(kind)) return undefined;
  return kind.text === 'generated' || kind.text === 'provided' ? kind.text : undefined;
}

/** The JSON of a literal; undefined for what is computed. */
function literalOf(node: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(node)) return JSON.stringify(node.text);
  if (ts.isNumericLiteral(node)) return String(Number(node.text));
  if (node.kind === ts.SyntaxKind.TrueKeyword) return 'true';
  if (node.kind === ts.SyntaxKind.FalseKeyword) return 'false';
  if (node.kind === ts.SyntaxKind.NullKeyword || node.getText() === 'undefined') return 'null';
  if (ts.isObjectLiteralExpression(node)) return node.properties.length === 0 ? '{}' : undefined;
  if (!ts.isArrayLiteralExpression(node)) return undefined;
  const items = node.elements.map(literalOf);
  return items.some((item) => item === undefined) ? undefined : `[${items.join(',')}]`;
}
