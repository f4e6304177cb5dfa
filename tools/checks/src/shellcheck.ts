import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { EmbeddedScript } from './embedded-shell';

/** What a script may do, by the place of its constant: codes of shellcheck, and why. */
export const exempt: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  'libs/deploy/src/apply/copy-scripts.ts spaceScript': { 2046: 'the fields of df are the words' },
  'libs/deploy/src/apply/record-script.ts recordScript': {
    2012: 'names of releases are hex digits, which the loop checks',
  },
  'libs/deploy/src/facts/script.ts factsScript': {
    1007: 'several variables are emptied in one line',
    2086: 'with IFS as an end of line and set -f, each line is one word',
  },
  'libs/ssh/src/master.ts watchdog': { 2034: 'a line is waited for, not read' },
  'libs/verify/src/tcp/ask.ts connectScript': { 2016: 'the inner bash expands it' },
};

/** What runs on hosts and operators' machines is read for style, too; what tests and benches run, for errors alone. */
function isStrict({ file }: EmbeddedScript): boolean {
  return /^(?:apps|libs|tools\/(?:stack|nx-plugin))\//.test(file);
}

interface Comment {
  file: string;
  line: number;
  level: string;
  code: number;
  message: string;
}

/** What shellcheck says of scripts, a line each with the place in the source, and which exemptions nothing needs. */
export function shellcheckErrors(
  scripts: readonly EmbeddedScript[],
  exemptions: typeof exempt = exempt,
): string[] {
  const needed = new Set<string>();
  const errors = commentsOn(scripts).flatMap(({ script, line, level, code, message }) => {
    const { file, name = '' } = script;
    const place = `${file} ${name}`;
    if (level !== 'error' && !isStrict(script)) return [];
    if (exemptions[place]?.[code] === undefined)
      return [`${file}:${script.line + line - 1}: SC${code}: ${message}`];
    needed.add(`${place} SC${code}`);
    return [];
  });
  const all = Object.entries(exemptions).flatMap(([place, codes]) =>
    Object.keys(codes).map((code) => `${place} SC${code}`),
  );
  const needless = all.filter((exemption) => !needed.has(exemption));
  return [...errors, ...needless.map((exemption) => `nothing needs the exemption of ${exemption}`)];
}

function commentsOn(scripts: readonly EmbeddedScript[]) {
  const directory = mkdtempSync(join(tmpdir(), 'embedded-'));
  try {
    return (['sh', 'bash'] as const).flatMap((shell) => {
      const own = scripts.filter((script) => script.shell === shell);
      const files = own.map(({ text }, at) => {
        const file = join(directory, String(at));
        writeFileSync(file, text);
        return file;
      });
      if (files.length === 0) return [];
      return run(shell, files).flatMap((comment) => {
        const script = own[Number(basename(comment.file))];
        return script === undefined ? [] : [{ ...comment, script }];
      });
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function run(shell: string, files: readonly string[]): Comment[] {
  const args = ['--shell', shell, '--format', 'json', ...files];
  const { stdout, stderr, status, error } = spawnSync('shellcheck', args, { encoding: 'utf8' });
  // 1: it has something to say.
  if (status === 0 || status === 1) return JSON.parse(stdout) as Comment[];
  throw new Error(`shellcheck failed: ${stderr}`, { cause: error });
}
