import ts from 'typescript';

/** The functions of a source with more lines than these, each as `file:line: n lines`. */
export function longFunctions(file: string, source: string, most: number): string[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const lineOf = (position: number): number => tree.getLineAndCharacterOfPosition(position).line;
  const tooLong: string[] = [];
  const visit = (node: ts.Node): void => {
    const [first, last] = [lineOf(node.getStart()), lineOf(node.end)];
    const lines = last - first + 1;
    if (ts.isFunctionLike(node) && lines > most)
      tooLong.push(`${file}:${first + 1}: ${lines} lines`);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return tooLong;
}
