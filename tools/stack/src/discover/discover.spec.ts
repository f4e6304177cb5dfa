import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StackError, type Host } from '@ai-stack/core';
import { readEnvironment, readOpenKeys, workspaceRoot } from '@ai-stack/inventory';
import type { Connection } from '@ai-stack/ssh';
import { runbookWorkspace } from '@ai-stack/testing/runbook';
import type { Ask, Question } from '../terminal/terminal';
import { discover, formatDiscover } from './index';
import { editFile } from './edit-file';
import { containerFormat, surveyScript } from './survey-script';

const origin = workspaceRoot();
let root = '';
let closed: string[] = [];

beforeEach(() => {
  root = runbookWorkspace();
  closed = [];
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A connection that answers the survey with a recorded output, and nothing else. */
function openRecorded(silent: readonly string[] = []) {
  return async (host: Host): Promise<Connection> => {
    if (silent.includes(host.name)) {
      throw new StackError('connection refused', { where: { host: host.name }, fix: 'start sshd' });
    }
    const file = `tools/stack/src/discover/fixtures/user-${host.name}.txt`;
    const refuse = () => Promise.reject(new Error('discover only reads'));
    return {
      host: host.name,
      run: refuse,
      upload: refuse,
      forwardSocket: refuse,
      usesSudo: false,
      forwardCommand: refuse,
      forwardTcp: refuse,
      script: async (text, args) => {
        expect([text, args[0]]).toEqual([surveyScript, containerFormat]);
        expect(args.slice(1)).toContain(host.fqdn);
        return { stdout: readFileSync(join(origin, file), 'utf8'), stderr: '', exitCode: 0 };
      },
      close: async () => void closed.push(host.name),
    };
  };
}

const ask = (write: boolean, silent: readonly string[] = [], person?: Ask) =>
  discover({
    ...{ root, environment: 'prod', variables: {}, write },
    ask: person,
    open: openRecorded(silent),
  });

describe('discover', () => {
  it('changes nothing unless told to, and shows what it would change', async () => {
    const before = readAll();
    const result = await ask(false);
    expect(readAll()).toEqual(before);
    expect(closed.sort()).toEqual(['management', 'trusted']);
    const text = formatDiscover(result);
    expect(text).toContain('-address: TODO\n+address: 10.2.1.140\n');
    expect(text).toContain('-upstreams: TODO\n+upstreams:\n+  - 10.2.1.1\n+  - 9.9.9.9\n');
    expect(text).toContain(
      '11 of 14 open keys answered: 3 stay open. Accept with npx nx run stack:discover:prod --write',
    );
  });

  it('prints a diff that git apply takes, which gives what --write writes', async () => {
    const result = await ask(false);
    const patch = result.diffs.map(({ diff }) => diff).join('');
    const copy = mkdtempSync(join(tmpdir(), 'discover-'));
    cpSync(root, copy, { recursive: true });
    execFileSync('git', ['apply', '-'], { cwd: copy, input: patch });
    expect((await ask(true)).written).toBe(true);
    expect(readAll(copy)).toEqual(readAll());
    rmSync(copy, { recursive: true });
  });

  it('leaves keys that are answered by hand alone, keeps comments, and a second run has less to do', async () => {
    const before = readAll();
    await ask(true);
    const after = readAll();
    for (const [file, text] of Object.entries(before)) {
      const comments = text.split('\n').filter((line) => line.startsWith('#'));
      expect(after[file]?.split('\n').filter((line) => line.startsWith('#'))).toEqual(comments);
    }
    expect(readOpenKeys(root, 'prod').map(({ key }) => key)).toEqual([
      'applications.litellm',
      'groups.users',
      'groups.admins',
    ]);
    const again = await ask(true);
    expect([again.findings, again.diffs, again.written]).toEqual([[], [], false]);
    expect(() => readEnvironment(root, 'prod', { variables: {} })).toThrow(
      /3 keys are still TODO|GPU 0 has 23.9 GiB/,
    );
  });

  it('writes the line by which editors find the schema, where it is missing', async () => {
    const path = join(root, 'libs/inventory/environments/prod/dns.yaml');
    const line = '# yaml-language-server: $schema=../../schemas/dns.json\n';
    const text = readFileSync(path, 'utf8');
    expect(text.startsWith(line)).toBe(true);
    writeFileSync(path, text.slice(line.length));
    await ask(true);
    expect(readFileSync(path, 'utf8').split(line)).toEqual(['', expect.stringMatching(/^# /)]);
  });

  it('adds a key that was left out where the hosts show another value than its default', async () => {
    const leaveOut = (file: string, lines: RegExp) => {
      const path = join(root, 'libs/inventory/environments/prod', file);
      const text = readFileSync(path, 'utf8');
      expect(text).toMatch(lines);
      writeFileSync(path, text.replace(lines, ''));
    };
    leaveOut('ingress.yaml', /^entrypoint: TODO\n/m);
    leaveOut('sso.yaml', /^applications:\n(?: .*\n)+/m);
    const { findings } = await ask(true);
    expect(findings.map(({ key, value }) => [key, value])).toEqual(
      expect.arrayContaining([
        ['entrypoint', 'secure'],
        ['applications.open-webui', 'openwebui'],
      ]),
    );
    const added = Object.values(readAll()).join('\n');
    expect(added).toContain('\nentrypoint: secure\n');
    expect(added).toContain('\napplications:\n  open-webui: openwebui\n');
    expect((await ask(true)).findings).toEqual([]);
  });

  it('asks a person for the rest, one by one, and keeps comments', async () => {
    const asked: Question[] = [];
    const answers = ['', ' people ', 'chat-admins'];
    const person = async (question: Question) => {
      asked.push(question);
      return (answers[asked.length - 1] ?? '').trim();
    };
    const before = readAll();
    const result = await ask(true, [], person);
    expect(asked.map(({ message }) => message.split('\n')[0])).toEqual([
      expect.stringMatching(/sso\.yaml:\d+ {2}applications\.litellm$/),
      expect.stringMatching(/sso\.yaml:\d+ {2}groups\.users$/),
      expect.stringMatching(/sso\.yaml:\d+ {2}groups\.admins$/),
    ]);
    expect(asked[1]?.message).toContain('users may chat, admins administer it');
    expect(asked[1]?.example).toBe('ai-users');
    expect(readOpenKeys(root, 'prod').map(({ key }) => key)).toEqual(['applications.litellm']);
    const file = '/libs/inventory/environments/prod/sso.yaml';
    expect(readAll()[file]).toContain('groups:\n  users: people\n  admins: chat-admins\n');
    const comments = (text = '') => text.split('\n').filter((line) => line.trim().startsWith('#'));
    expect(comments(readAll()[file])).toEqual(comments(before[file]));
    expect(result.unanswered.map(({ key }) => key)).toEqual(['applications.litellm']);
  });

  it('asks nobody while nothing is to be written, and then lists what it would ask', async () => {
    const nobody = () => Promise.reject(new Error('nobody is to be asked'));
    const text = formatDiscover(await ask(false, [], nobody));
    expect(text).toMatch(/groups\.users\n +what: the name of a group .*, such as ai-users\n/);
  });

  it('writes nothing when the person breaks off', async () => {
    const before = readAll();
    const gone = () => Promise.reject(new StackError('broken off: nothing was written'));
    await expect(ask(true, [], gone)).rejects.toThrow('broken off');
    expect(readAll()).toEqual(before);
  });

  it('uses the hosts that answer, and says which did not', async () => {
    const result = await ask(false, ['management']);
    expect(result.unreachable).toEqual([
      { host: 'management', message: expect.stringContaining('connection refused') },
    ]);
    expect(formatDiscover(result)).toContain('Not reached:\n  management\n');
    expect(closed).toEqual(['trusted']);
  });

  it('leaves to the ssh_config where a host is whose address is open', async () => {
    const asked: unknown[] = [];
    const recorded = openRecorded();
    const open: typeof recorded = (host) => recorded(host);
    await discover({
      ...{ root, environment: 'prod', variables: {}, write: false },
      open: (host, options) => {
        asked.push([host.name, options.isAddressOpen]);
        return open(host);
      },
    });
    expect(asked).toEqual([
      ['management', true],
      ['trusted', false],
    ]);
  });

  it('fails with every error when none answers', async () => {
    await expect(ask(false, ['management', 'trusted'])).rejects.toThrow('no host could be read');
  });
});

describe('the survey', () => {
  it('is a script that a POSIX shell reads, and ends on a machine with nothing', () => {
    const output = execFileSync(
      '/bin/sh',
      ['-c', surveyScript, 'sh', containerFormat, 'localhost'],
      {
        encoding: 'utf8',
        env: { PATH: '/nowhere' },
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    expect(output).toContain('@@engine\ndocker is not installed');
    expect(output.trimEnd().endsWith('@@end')).toBe(true);
  });
});

describe('editFile', () => {
  it.each([
    ['a: TODO # why\nb: 1\n', 'a', 'x', 'a: x # why\nb: 1\n'],
    ['a:\n  b: TODO\n', 'a.b', '0', 'a:\n  b: "0"\n'],
    ['a:\n  - TODO\n', 'a.0', '10.0.0.1', 'a:\n  - 10.0.0.1\n'],
    ['a: TODO\n', 'a', null, 'a: null\n'],
    ['# c\r\na: TODO\r\n', 'a', 'x', '# c\r\na: x\r\n'],
    ['a: TODO\n', 'a', 'x: y # z', 'a: "x: y # z"\n'],
  ])('%j %s', (text, key, value, expected) => {
    expect(editFile(text, [{ key, value }])).toBe(expected);
  });
});

function readAll(from = root): Record<string, string> {
  const folder = join(from, 'libs/inventory/environments/prod');
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(from.length), readFileSync(path, 'utf8')]),
  );
}
