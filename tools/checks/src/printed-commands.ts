import ts from 'typescript';

/** A command in a text: its target (`project:target`, both may be `…` for what is put in) and the rest of its line. */
export interface PrintedCommand {
  project: string;
  target: string;
  rest: string;
}

/**
 * The commands that a source prints: those that `nxRun` and `nxDeploy` make, and those that are in its texts. `…` is what
 * is only known at run time. Pure.
 */
export function printedBySource(source: string): PrintedCommand[] {
  const commands: PrintedCommand[] = [];
  const visit = (node: ts.Node): void => {
    const name = ts.isCallExpression(node) ? node.expression.getText() : '';
    if (ts.isCallExpression(node) && name === 'nxRun') {
      const [, target, more] = node.arguments.map(textOf);
      commands.push(...commandsIn(`nx run ${target ?? '…'} ${more ?? ''}`));
    } else if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) {
      commands.push(...commandsIn(textOf(node)));
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest, true));
  return commands;
}

/** The commands of Nx that run a target, in a line of prose or of a shell. Pure. */
export function commandsIn(text: string): PrintedCommand[] {
  const options = String.raw`(?:\s+--[\w-]+(?:=(?:"[^"]*"|'[^']*'|[^\s\x60;,)|]*[^\s\x60;,.)|]))?)*`;
  const single = new RegExp(
    String.raw`\bnx run ([\w<>…-]+):([\w<>…-]+)(?::[\w<>…-]+)?(${options})`,
    'g',
  );
  return [...text.matchAll(single)].map(([, project = '', target = '', rest = '']) => ({
    ...{ project, target, rest: rest.trim() },
  }));
}

/** The words of `rest` as a shell takes them apart, without quotes. Pure. */
export function wordsIn(rest: string): string[] {
  return (rest.match(/(?:"[^"]*"|'[^']*'|\S)+/g) ?? []).map((word) => word.replaceAll(/["']/g, ''));
}

function textOf(node: ts.Node): string {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return '…';
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('…');
}
