import { readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { StackError } from '@ai-stack/core';
import { runbookWorkspace } from '@ai-stack/testing/runbook';
import { buildProgram } from './program';
import type { Terminal } from './terminal/terminal';

const run = (variables: Record<string, string>, ...args: string[]) =>
  runIn(process.cwd(), variables, ...args);

function runIn(root: string, variables: Record<string, string>, ...args: string[]) {
  const written: string[] = [];
  const write = (text: string) => void written.push(text);
  const terminal: Terminal = {
    out: write,
    err: write,
    errRaw: write,
    colour: false,
    interactive: false,
    size: () => ({ columns: 100, rows: 24 }),
  };
  const ended = buildProgram(terminal, variables, root)(args);
  return ended.then(
    (code) => ({ code, text: written.join('\n') }),
    (error: unknown) => {
      if (!(error instanceof StackError)) throw error;
      return { code: error.exitCode, text: error.message };
    },
  );
}

describe('the command line', () => {
  it.each([
    ['an unknown command', ['nosuch'], /unknown command 'nosuch'/],
    ['an unknown option', ['plan', '--nosuch'], /unknown option '--nosuch'/],
    [
      'an unknown environment',
      ['plan', '--environment', 'prdo'],
      /no environment "prdo"[^]*use one of .*\blab\b/,
    ],
    [
      'an unknown service',
      ['render', 'nosuch'],
      /no service nosuch[^]*use one of .*dns,.* litellm/,
    ],
    ['an unknown host', ['render', '--hosts', 'nosuch'], /no host nosuch[^]*management, trusted/],
    ['a service that is not on the host', ['render', 'dns', '--hosts=management'], /not placed on/],
    ['an unknown level', ['verify', '--level', 'deep'], /container, api, inference, client/],
    ['a time-out that is not a number', ['verify', '--timeout', 'x'], /whole number/],
    ['destroy without names', ['destroy'], /by name/],
    ['empty hosts', ['render', '--hosts='], /at least one name/],
    ['a negative time-out', ['verify', '--timeout=-1'], /whole number/],
    ['a guard that is none', ['deploy', '--allow=downgrad'], /Did you mean downgrade/],
    ['an option of another command', ['deploy', '--level=api'], /an option of verify/],
    ["Nx's word for the environment", ['plan', '--configuration=lab'], /--environment/],
    ['a service almost', ['render', 'litelm'], /did you mean litellm/],
    ['a host almost', ['render', '--hosts=trustd'], /did you mean trusted/],
    ['a replacement of several services', ['deploy', 'dns', 'qdrant', '--replace'], /exactly one/],
    ['a replacement of all services', ['deploy', '--replace'], /none is named/],
    ['data of several services', ['destroy', 'dns', 'qdrant', '--data'], /one service/],
  ])('refuses %s with exit code 2', async (_what, args, message) => {
    const { code, text } = await run({}, ...args);
    expect(text).toMatch(message);
    expect(code).toBe(2);
  });

  it('refuses open keys with exit code 2', async () => {
    const runbook = runbookWorkspace();
    for (const name of readdirSync(join(runbook, 'apps')))
      symlinkSync(
        join(process.cwd(), `apps/${name}/service.ts`),
        `${runbook}/apps/${name}/service.ts`,
      );
    const { code, text } = await runIn(runbook, {}, 'render', '--environment', 'prod');
    rmSync(runbook, { recursive: true });
    expect(text).toMatch(/keys are still TODO/);
    expect(code).toBe(2);
  });

  it('reports an unknown STACK_ENV instead of falling back', async () => {
    expect(await run({ STACK_ENV: 'prdo' }, 'render')).toMatchObject({ code: 2 });
  });

  it('shows help without an error', async () => {
    const { code, text } = await run({}, '--help');
    expect(code).toBe(0);
    expect(text).toMatch(/deploy/);
  });
});
