import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const file = '.env.local';

/** The operator's own choices in .env.local (STACK_ENV, LAB_NET), which git ignores; {} without the file. */
export function readLocalEnv(root: string): Record<string, string> {
  const path = join(root, file);
  return existsSync(path) ? parseLocalEnv(readFileSync(path, 'utf8')) : {};
}

/**
 * `NAME=value` lines; quotes around a whole value are dropped, comments and other lines are passed over. Node's own
 * `util.parseEnv` reads a line without `=` and the one after it as one key, so that `STACK_ENV` would be lost.
 */
function parseLocalEnv(text: string): Record<string, string> {
  const entries = text.split(/\r?\n/).flatMap((line) => {
    const match = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line);
    return match === null ? [] : [[match[1] ?? '', unquote(match[2] ?? '')] as const];
  });
  return Object.fromEntries(entries);
}

function unquote(value: string): string {
  return /^(["'])(.*?)\1(?:\s+#.*)?$/.exec(value)?.[2] ?? value.replace(/\s+#.*$/, '');
}
