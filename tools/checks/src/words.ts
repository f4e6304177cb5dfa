import ts from 'typescript';

/** A word of the right column of docs/glossary.md, and what to write. */
interface Banned {
  pattern: RegExp;
  instead: string;
}

/** In identifiers, of which `fooBar` is read as `foo bar`. */
const names: readonly Banned[] = [
  { pattern: /\bjudg(?:e|es|ed|ing|ement)\b/, instead: 'check, diff or evaluate' },
  { pattern: /\bprov(?:e|es|ed|ing)\b/, instead: 'verify' },
  { pattern: /\b(?:tells?|told|said)\b/, instead: 'report, or the noun' },
  { pattern: /\bspan\b/, instead: 'duration' },
  { pattern: /\bfolders?\b/, instead: 'directory' },
  { pattern: /\bcompose place\b/, instead: 'compose project' },
  { pattern: /\bbring back\b|\breturn to\b/, instead: 'roll back' },
  { pattern: /\b(?:held|hold|take) locks?\b/, instead: 'acquire locks' },
  { pattern: /\b(?:beside|behind|mends?|somebody)\b/, instead: 'next to, after, fix, operator' },
  { pattern: /^(?:one|mine)$/, instead: 'the noun: host, release, fact' },
];

/** In comments and in texts of more than one word: messages, help, titles of tests. */
const phrases: readonly Banned[] = [
  { pattern: /\bbeside\b/, instead: 'next to, with' },
  { pattern: /\b(?:lies|stands?) (?:in|at|on|below|outside|next|there)\b/, instead: 'is' },
  { pattern: /\b(?:one|steps?|checks|trips) behind\b/, instead: 'after' },
  { pattern: /\bas well as it goes\b/, instead: 'best effort' },
  { pattern: /\bmend(?:s|ed)?\b/, instead: 'fix' },
  { pattern: /\bsomebody\b/, instead: 'another operator, a user' },
  { pattern: /\banew\b/, instead: 'again' },
  { pattern: /\bside by side\b/, instead: 'in parallel' },
  { pattern: /\bgives? (?:\w+ )*free\b/, instead: 'release' },
  { pattern: /\bjudg(?:e|es|ed|ing|ement)(?![a-z])/, instead: 'check, diff or evaluate' },
  { pattern: /\bprov(?:e|es|ed)(?![a-z])/, instead: 'verify' },
  { pattern: /\bfolders?\b/, instead: 'directory' },
  { pattern: /\b(?:bring|brings|brought|taken) back\b/, instead: 'roll back, undo' },
  { pattern: /(?<!\bthere )\bis no (?!longer\b|more\b)/i, instead: 'is not a' },
];

/** Names that are not ours to choose, and why. */
export const givenNames: Readonly<Record<string, string>> = {
  caFolder: 'an option of open-webui in the files of users',
};

/** What a source says in a word that docs/glossary.md replaces, each as `file:line: "word": write ...`. */
export function wordErrors(file: string, source: string): string[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const errors = new Set<string>();
  const report = (found: readonly string[], position: number): void => {
    if (found.length === 0) return;
    const line = tree.getLineAndCharacterOfPosition(position).line + 1;
    for (const text of found) errors.add(`${file}:${line}: ${text}`);
  };
  const literals: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    if ((ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) && !isGiven(node))
      report(inName(node.text), node.getStart());
    if (isText(node) && /\s|^[a-z]+[A-Z]\w+$/.test(node.text))
      report(bannedIn(node.text, phrases), node.getStart());
    if (isText(node) || ts.isRegularExpressionLiteral(node)) literals.push(node);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  for (const { index, 0: comment } of without(literals, source).matchAll(/\/\*[^]*?\*\/|\/\/.*/g))
    report(bannedIn(comment.replace(/\s*\n\s*(?:\*\s*)?/g, ' '), phrases), index);
  return [...errors];
}

function bannedIn(text: string, list: readonly Banned[]): string[] {
  return list.flatMap(({ pattern, instead }) => {
    const [word] = pattern.exec(text) ?? [];
    return word === undefined ? [] : [`"${word.trim()}": write ${instead}`];
  });
}

/** What is banned in a name, which most names are asked for again and again. */
function inName(name: string): readonly string[] {
  const banned = namesAsked.get(name) ?? bannedIn(wordsOf(name), names);
  namesAsked.set(name, banned);
  return banned;
}

const namesAsked = new Map<string, readonly string[]>();

/** Whether a name is declared elsewhere, perhaps not by us: `x.one`, `{ one: 1 }`. */
function isGiven(node: ts.Identifier | ts.PrivateIdentifier): boolean {
  const { parent } = node;
  const isKey = ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent);
  return node.text in givenNames || (isKey && parent.name === node);
}

function isText(node: ts.Node): node is ts.LiteralLikeNode {
  return (
    ts.isStringLiteralLike(node) ||
    ts.isTemplateHead(node) ||
    ts.isTemplateMiddleOrTemplateTail(node)
  );
}

/** The source with spaces for what is between quotes, where nothing is a comment. */
function without(literals: readonly ts.Node[], source: string): string {
  const parts = literals.map((node, index) => {
    const start = literals[index - 1]?.end ?? 0;
    return source.slice(start, node.getStart()) + ' '.repeat(node.end - node.getStart());
  });
  return [...parts, source.slice(literals.at(-1)?.end ?? 0)].join('');
}

const wordsOf = (name: string): string =>
  name
    .replace(/^[#_]+/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase();
