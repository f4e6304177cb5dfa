import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { readOwners, readServices, staleFiles } from './generated';
import { checkOwners, renderCodeowners, type Owners, type Reader } from './ownership';

const owners: Owners = { teams: { ai: ['@o/ai', '@eve'], base: ['@o/base'] }, others: 'base' };

describe('checkOwners', () => {
  it.each([
    [['owner:ai', 'type:service'], []],
    [[], [/^apps\/a\/project\.json: a has no owner; write .*"owner:<team>".* one of ai, base$/]],
    [['owner:ai', 'owner:base'], [/has the owners ai, base; keep one/]],
    [['owner:gone'], [/add the team gone .*owners\.yaml \(there are: ai, base\)/]],
    [['owner:toString'], [/add the team toString/]],
  ])('of %j says %j', (tags, expected) => {
    const found = checkOwners([{ name: 'a', tags }], owners);
    expect(found).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
  });

  it('finds an owner for every service of the workspace', () => {
    expect(checkOwners(readServices('.'), readOwners('.'))).toEqual([]);
  });
});

describe('renderCodeowners', () => {
  const services = [
    { name: 'b', tags: ['owner:base'] },
    { name: 'a', tags: ['type:service', 'owner:ai'] },
  ];

  it.each([
    ['github', ['* @o/base', '/apps/a/ @o/ai @eve']],
    ['forgejo', ['!apps/(?:a)/.* @o/base', 'apps/a/.* @o/ai @eve']],
  ] as const)('writes for %s', (reader, lines) => {
    const text = renderCodeowners(services, owners, reader);
    expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual(lines);
  });

  it('says nothing of services when one team owns all', () => {
    const line = (reader: Reader) =>
      renderCodeowners([services[0]!], owners, reader)
        .split('\n')
        .filter((candidate) => candidate !== '' && !candidate.startsWith('#'));
    expect([line('github'), line('forgejo')]).toEqual([['* @o/base'], ['.* @o/base']]);
  });

  it('gives every file of the repository the same owner on both servers, a service its own', () => {
    const files = execFileSync('git', ['ls-files'], { encoding: 'utf8' }).split('\n').slice(0, -1);
    const rules = (reader: Reader) =>
      parseRules(renderCodeowners(readServices('.'), readOwners('.'), reader));
    const [github, forgejo] = [rules('github'), rules('forgejo')];
    expect(files.length).toBeGreaterThan(200);
    expect(files.map((file) => ownersOnForgejo(forgejo, file))).toEqual(
      files.map((file) => ownersOnGithub(github, file)),
    );
    const { teams } = readOwners('.');
    expect(ownersOnGithub(github, 'apps/dns/zone.ts')).toEqual(teams['network']);
    expect(ownersOnGithub(github, 'apps/runbook.spec.ts')).toEqual(teams['platform']);
  });
});

describe('generated files', () => {
  it('are fresh: if this fails, run `npm run generate` and commit what it writes', async () => {
    expect((await staleFiles(process.cwd())).map(([path]) => path)).toEqual([]);
  });

  it('are written by the command that they name', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(scripts['generate']).toMatch(/tools\/checks\/src\/main\.ts$/);
  });
});

describe('owner tags in Nx', () => {
  it('are added to the tags that the plugin infers, and select projects', () => {
    const args = ['run-many', '-t', 'verify', '--projects=tag:owner:network', '--graph=stdout'];
    const text = execFileSync('node_modules/.bin/nx', args, { encoding: 'utf8' });
    const { tasks, graph } = JSON.parse(text) as {
      tasks: { tasks: Record<string, { target: { project: string } }> };
      graph: { nodes: Record<string, { data: { tags: string[] } }> };
    };
    expect(Object.values(tasks.tasks).map(({ target }) => target.project)).toEqual(['dns']);
    expect([...(graph.nodes['litellm']?.data.tags ?? [])].sort()).toEqual([
      'owner:ai',
      'type:service',
    ]);
  }, 60_000);
});

type Rules = [pattern: string, owners: string[]][];

function parseRules(text: string): Rules {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(' '))
    .map(([pattern = '', ...handles]) => [pattern, handles]);
}

/** GitHub: the last pattern that matches; we use `*` and directories alone. */
function ownersOnGithub(rules: Rules, file: string): string[] {
  const matches = rules.filter(([pattern]) => pattern === '*' || `/${file}`.startsWith(pattern));
  return matches.at(-1)?.[1] ?? [];
}

/** Forgejo and Gitea: all expressions that match the whole path; a leading `!` turns one round. */
function ownersOnForgejo(rules: Rules, file: string): string[] {
  return rules.flatMap(([pattern, handles]) => {
    const isNegative = pattern.startsWith('!');
    const expression = new RegExp(`^${isNegative ? pattern.slice(1) : pattern}$`);
    return expression.test(file) === isNegative ? [] : handles;
  });
}
