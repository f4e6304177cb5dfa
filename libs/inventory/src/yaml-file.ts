import { badInput, type StackError, type Where } from '@ai-stack/core';
import {
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
} from 'yaml';

export type Path = readonly (string | number)[];

/** One YAML file as plain values that still know their places. */
export interface YamlFile {
  /** Path from the workspace root. */
  file: string;
  /** Undefined when the text is not YAML, null when it is empty. */
  content: unknown;
  errors: StackError[];
  /** The place of a value; of the nearest one around it when there is none. */
  where: (path: Path) => Where;
  /** The place of a key of a map, rather than of its value. */
  whereKey: (path: Path) => Where;
}

const coreTags = ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'];

/** Parses one document of YAML 1.2's core schema; anchors, aliases and other tags are errors, as are double keys. */
export function parseYamlFile(text: string, file: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    strict: true,
    stringKeys: true,
    uniqueKeys: true,
    prettyErrors: false,
    lineCounter: lines,
  });
  const placeOf = (offset: number): Where => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const errors = [...syntaxErrors(document, text, placeOf), ...foreignSyntax(document, placeOf)];
  const where = (path: Path, ofKey: boolean): Where => ({
    ...placeOf(offsetOf(document, path, ofKey)),
    ...(path.length > 0 && { key: path.join('.') }),
  });
  return {
    file,
    content: errors.length === 0 ? (document.toJS() as unknown) : undefined,
    errors,
    where: (path) => where(path, false),
    whereKey: (path) => where(path, true),
  };
}

function syntaxErrors(
  document: Document.Parsed,
  text: string,
  placeOf: (offset: number) => Where,
): StackError[] {
  // Unknown tags are refused below, together with the known ones that no core schema has.
  const warnings = document.warnings.filter(({ code }) => code !== 'TAG_RESOLVE_FAILED');
  return [...document.errors, ...warnings].map(({ message, pos, code }) => {
    if (code === 'DUPLICATE_KEY') return doubleKey(text.slice(pos[0]), placeOf(pos[0]));
    return badInput(`this is not valid YAML: ${message}`, {
      where: placeOf(pos[0]),
      fix: 'fix the YAML at this place (indentation, quotes, colons)',
    });
  });
}

/** The message for a key that is given twice begins with this. */
function doubleKey(rest: string, where: Where): StackError {
  const [, plain] =
    /^(?:"([^"\n]*)"|'([^'\n]*)'|([^\s:,}](?:[^:,}\n]*[^\s:,}])?))/.exec(rest)?.filter(Boolean) ??
    [];
  return badInput(`the key ${plain ?? ''} is given twice: keys must be unique`, {
    where,
    fix: 'keep one of the two',
  });
}

/** Anchors, aliases and tags: a file that a reviewer reads says what it says. */
function foreignSyntax(
  document: Document.Parsed,
  placeOf: (offset: number) => Where,
): StackError[] {
  const errors: StackError[] = [];
  const refuse = (node: Node, what: string) => {
    errors.push(
      badInput(`${what} is not allowed here`, {
        where: placeOf(node.range?.[0] ?? 0),
        fix: 'write the value itself, as plain YAML',
      }),
    );
  };
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) refuse(node, `the alias *${node.source}`);
      else if (node.anchor !== undefined) refuse(node, `the anchor &${node.anchor}`);
      const tag = node.tag?.replace(/^tag:yaml\.org,2002:/, '');
      if (tag !== undefined && !coreTags.includes(tag)) refuse(node, `the tag ${node.tag ?? ''}`);
    },
  });
  return errors;
}

function offsetOf(document: Document.Parsed, path: Path, ofKey: boolean): number {
  for (let length = path.length; length > 0; length--) {
    const parent = path.slice(0, length);
    const node = document.getIn(parent, true);
    if (node === undefined) continue;
    // Around a missing key, the key of its parent says more than the parent's first value.
    const key = ofKey || length < path.length ? keyNode(document, parent) : undefined;
    const nearestNode = key ?? (isNode(node) ? node : keyNode(document, parent));
    if (nearestNode?.range) return nearestNode.range[0];
  }
  return 0;
}

function keyNode(document: Document.Parsed, path: Path): Node | undefined {
  const parent: unknown =
    path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return undefined;
  const pair = parent.items.find(
    (item) => isPair(item) && isScalar(item.key) && item.key.value === String(path.at(-1)),
  );
  return isNode(pair?.key) ? pair.key : undefined;
}
