import ts from 'typescript';

/** A script that a source holds as a text. */
export interface EmbeddedScript {
  file: string;
  /** Line of the source on which the text begins. */
  line: number;
  /** Of the constant that holds it. */
  name?: string;
  shell: 'sh' | 'bash';
  text: string;
}

export interface EmbeddedShell {
  scripts: EmbeddedScript[];
  /** Scripts that are run and whose text is not written where it can be read, each with its place. */
  unseen: string[];
}

/** Where a script is put together from a parameter. */
const passedOn = [
  'libs/ssh/src/open-connection.ts',
  'tools/bench/src/contenders.ts',
  'tools/e2e/src/own-domain.ts',
];

type Shell = EmbeddedScript['shell'];
/** The constants of one file, and after them those that other files export. */
type Constants = (name: string, before: number) => ts.Expression | undefined;

/** The shell scripts in sources (path -> text): what they hand to `script(...)` and to `sh -c` or `bash -c`. */
export function embeddedShell(sources: ReadonlyMap<string, string>): EmbeddedShell {
  const files = [...sources].map(([file, source]) =>
    ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true),
  );
  const exported = new Map(
    files
      .flatMap(declarationsOf)
      .filter(isExported)
      .map((declaration) => [nameOf(declaration), declaration.initializer]),
  );
  const scripts = new Map<ts.Expression, EmbeddedScript>();
  const unseen: string[] = [];
  for (const file of files) {
    const own = declarationsOf(file);
    const constants: Constants = (name, before) =>
      own.findLast((declaration) => nameOf(declaration) === name && declaration.pos < before)
        ?.initializer ?? exported.get(name);
    const note = (node: ts.Expression, shell: Shell) => {
      scripts.set(node, { ...placeOf(node), shell, text: textOf(node, constants) });
    };
    eachNode(file, (node) => {
      if (isShellText(node) && !scripts.has(node)) note(node, 'sh');
      for (const { expression, shell } of scriptsRunBy(node)) {
        const text = textNode(expression, constants);
        if (text !== undefined) note(text, shell);
        else if (!passedOn.includes(file.fileName)) unseen.push(shownPlace(expression));
      }
    });
  }
  return { scripts: [...scripts.values()], unseen };
}

function declarationsOf(file: ts.SourceFile): ts.VariableDeclaration[] {
  const declarations: ts.VariableDeclaration[] = [];
  eachNode(file, (node) => {
    if (ts.isVariableDeclaration(node) && node.initializer !== undefined) declarations.push(node);
  });
  return declarations;
}

function nameOf({ name }: ts.VariableDeclaration): string {
  return name.getText();
}

function isExported({ parent }: ts.VariableDeclaration): boolean {
  const { parent: statement } = parent;
  return (
    ts.isVariableStatement(statement) &&
    (statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false)
  );
}

/** A text that can be nothing else. */
function isShellText(node: ts.Node): node is ts.Expression {
  return isText(node) && /^\s*set -[eu]+\n/.test(rawText(node));
}

interface Ran {
  expression: ts.Expression;
  shell: Shell;
}

function scriptsRunBy(node: ts.Node): Ran[] {
  const words = wordsOf(node);
  const after = words.flatMap((word, at): Ran[] => {
    const shell = wordOf(words[at - 1]);
    const script = words[at + 1];
    const isShell = shell === 'sh' || shell === 'bash';
    return isShell && /^-[eu]*c$/.test(wordOf(word) ?? '') && script !== undefined
      ? [{ expression: script, shell }]
      : [];
  });
  const [first] = words;
  const isScriptCall =
    ts.isCallExpression(node) &&
    ts.isPropertyAccessExpression(node.expression) &&
    node.expression.name.text === 'script';
  return isScriptCall && first !== undefined
    ? [...after, { expression: first, shell: 'sh' }]
    : after;
}

/** The elements of a list, or the arguments of a call with those of lists among them. */
function wordsOf(node: ts.Node): readonly ts.Expression[] {
  if (ts.isArrayLiteralExpression(node)) return node.elements;
  if (!ts.isCallExpression(node)) return [];
  return node.arguments.flatMap((argument) =>
    ts.isArrayLiteralExpression(argument) ? argument.elements : [argument],
  );
}

/** The text that an expression means: itself, or the constant of that name. */
function textNode(expression: ts.Expression, constants: Constants): ts.Expression | undefined {
  if (isText(expression) || isJoined(expression)) return expression;
  if (!ts.isIdentifier(expression)) return undefined;
  const declared = constants(expression.text, expression.pos);
  return declared === undefined ? undefined : textNode(declared, constants);
}

function textOf(node: ts.Expression, constants: Constants): string {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    const parts = node.templateSpans.map(({ expression, literal }) => {
      const inner = textNode(expression, constants);
      return (inner === undefined ? 'word' : textOf(inner, constants)) + literal.text;
    });
    return node.head.text + parts.join('');
  }
  if (!isJoined(node)) return '';
  const [by] = node.arguments;
  const lines = node.expression.expression.elements.map((element) => textOf(element, constants));
  return lines.join(by === undefined ? ',' : textOf(by, constants));
}

type Joined = ts.CallExpression & {
  expression: ts.PropertyAccessExpression & { expression: ts.ArrayLiteralExpression };
};

/** `['a', 'b'].join(' && ')` */
function isJoined(node: ts.Node): node is Joined {
  return (
    ts.isCallExpression(node) &&
    ts.isPropertyAccessExpression(node.expression) &&
    node.expression.name.text === 'join' &&
    ts.isArrayLiteralExpression(node.expression.expression)
  );
}

function isText(node: ts.Node): node is ts.StringLiteralLike | ts.TemplateExpression {
  return ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);
}

function rawText(node: ts.StringLiteralLike | ts.TemplateExpression): string {
  return ts.isTemplateExpression(node) ? node.head.text : node.text;
}

function wordOf(node: ts.Node | undefined): string | undefined {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : undefined;
}

function placeOf(node: ts.Node): Pick<EmbeddedScript, 'file' | 'line' | 'name'> {
  const source = node.getSourceFile();
  const { line } = source.getLineAndCharacterOfPosition(node.getStart());
  const { parent } = node;
  const name = ts.isVariableDeclaration(parent) ? nameOf(parent) : undefined;
  return { file: source.fileName, line: line + 1, name };
}

function shownPlace(node: ts.Node): string {
  const { file, line } = placeOf(node);
  return `${file}:${line}: ${node.getText()}`;
}

function eachNode(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => eachNode(child, visit));
}
