import ts from 'typescript';

/** Any Linux, macOS and WSL have these where Node, OpenSSH and git are installed. */
const programs = ['git', 'ssh', 'sh', 'node', 'node_modules/.bin/nx'];

/** Functions that start a program of this machine, ours and Node's. */
const starters =
  /^(?:execa|execaSync|execaNode|execFile|execFileSync|spawn|spawnSync|spawnProgram|spawnDaemon)$/;
/** Functions that hand a whole line to a shell, or are hard to read otherwise. */
const shells = /^(?:exec|execSync|execaCommand|execaCommandSync)$/;

/** What GNU's or Linux' userland has, and macOS' or busybox' has not, or differently. */
const unportable: readonly (readonly [RegExp, string])[] = [
  [/\bflock\b/, 'flock'],
  [/\bsetsid\b/, 'setsid'],
  [/\/proc\//, '/proc'],
  [/\/dev\/(?:tcp|udp|shm|fd)\//, '/dev/tcp, /dev/shm or /dev/fd'],
  [/\breadlink\s+-/, 'readlink with options'],
  [/\brealpath\s/, 'realpath'],
  [/\bstat\s+-/, 'stat with options'],
  [/\bdate\s+(?:-(?!u\b)|--)[a-zA-Z]/, 'date with other options than -u'],
  [/(?:^|[\s;&|(])timeout\s+["$\d]/m, 'timeout'],
  [/\bnproc\b/, 'nproc'],
  [/\b(?:pgrep|pidof|fuser|getent|systemctl|nsenter|unshare)\b/, 'a program of Linux'],
  [/(?:^|[\s;&|(])(?:ss|ip)\s+-/m, 'ss or ip'],
  [/\bsed\s+-[a-zA-Z]*[irz]/, 'sed -i, -r or -z'],
  [/\bgrep\s+-[a-zA-Z]*[Pz]/, 'grep -P or -z'],
  [/\bxargs\s+-[a-zA-Z]*[rd]/, 'xargs -r or -d'],
  [/\bsort\s+-[a-zA-Z]*[Vz]/, 'sort -V or -z'],
  [/\b(?:cp|mv|ln)\s+-[a-zA-Z]*[aT]/, 'cp -a, or -T'],
  [/\bcp\s[^\n]*--reflink/, 'cp --reflink'],
  [/\bhead\s+-c/, 'head -c'],
  [/\bmktemp\s/, 'mktemp with options'],
];

/**
 * Files whose text runs elsewhere: a health check in a container, advice for a host. Each holds at least one unportable
 * word; whoever takes the last one out takes the file out of this list.
 */
export const runsElsewhere: readonly string[] = [
  'libs/deploy/src/apply/roll-back.ts',
  'libs/deploy/src/lock/scripts.ts',
  'libs/docker/src/explain.ts',
  'libs/render/src/base-options.ts',
  'libs/verify/src/tcp/ask.ts',
  'tools/stack/src/discover/survey-script.ts',
];

/** A constant of this name holds a script for a host. */
const scriptForHost = /Script$/;

/** The one place that starts what its callers name; the callers are checked. */
const startsAnything = ['libs/ssh/src/spawn.ts'];

/**
 * What of a source that runs on the operator's machine would not run on every Linux, macOS and WSL: programs that it
 * starts apart from those that are always there, and words of GNU's or Linux' userland in its texts (comments are
 * free).
 */
export function portabilityErrors(file: string, source: string): string[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const errors: string[] = [];
  const report = (node: ts.Node, text: string): void => {
    const { line } = tree.getLineAndCharacterOfPosition(node.getStart());
    errors.push(`${file}:${line + 1}: ${text}`);
  };
  const visit = (node: ts.Node): void => {
    if (isScriptForHost(node)) return;
    const started = startedProgram(node);
    if (started !== undefined && !startsAnything.includes(file)) report(node, started);
    if (!runsElsewhere.includes(file)) {
      for (const word of unportableWords(node)) report(node, `uses ${word}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return errors;
}

/** The unportable words in the text of a file that runs elsewhere; the exemption is needed when there are any. */
export function exemptedWords(source: string): string[] {
  return unportable.filter(([pattern]) => pattern.test(source)).map(([, word]) => word);
}

function isScriptForHost(node: ts.Node): boolean {
  return (
    ts.isVariableDeclaration(node) &&
    scriptForHost.test(node.name.getText()) &&
    node.initializer !== undefined &&
    (ts.isStringLiteralLike(node.initializer) || ts.isTemplateExpression(node.initializer))
  );
}

function startedProgram(node: ts.Node): string | undefined {
  if (!ts.isCallExpression(node)) return undefined;
  const name = calledName(node.expression);
  if (name === undefined) return undefined;
  if (shells.test(name)) return `${name} hands a line to a shell: use an argument array`;
  if (!starters.test(name)) return undefined;
  const [first] = node.arguments;
  if (first === undefined || !ts.isStringLiteralLike(first)) {
    return isOwnNode(first) ? undefined : `${name} starts a program that is not written there`;
  }
  return programs.includes(first.text)
    ? undefined
    : `${name} starts ${first.text}, which some machines do not have`;
}

function isOwnNode(node: ts.Node | undefined): boolean {
  return node?.getText() === 'process.execPath';
}

/** `x` of `x()` and of `childProcess.x()`; undefined for a method of something else, such as `pattern.exec()`. */
function calledName(expression: ts.Expression): string | undefined {
  if (ts.isIdentifier(expression)) return expression.text;
  if (!ts.isPropertyAccessExpression(expression)) return undefined;
  const owner = expression.expression.getText();
  return /^(?:child_?process|cp)$/i.test(owner) ? expression.name.text : undefined;
}

function unportableWords(node: ts.Node): string[] {
  if (!ts.isStringLiteralLike(node) && !ts.isTemplateExpression(node)) return [];
  const text = ts.isStringLiteralLike(node) ? node.text : node.getText();
  return exemptedWords(text);
}

/** Files of which a case-insensitive file system (macOS, Windows) keeps only one. */
export function sameButForCase(files: readonly string[]): string[] {
  const groups = new Map<string, string[]>();
  for (const file of files) {
    const key = file.normalize('NFC').toLowerCase();
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  return [...groups.values()].filter((group) => group.length > 1).map((group) => group.join(' = '));
}
