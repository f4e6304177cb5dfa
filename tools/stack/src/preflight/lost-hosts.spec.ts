import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Release } from '@ai-stack/core';
import type { HostFacts } from '@ai-stack/deploy';
import { findMoves, readLostHosts, recordedCommits, refuseLostHosts } from './lost-hosts';

const directory = 'libs/inventory/environments/lab/hosts';

function facts(host: string, commits: Record<string, string | null>, environment = 'lab') {
  const services = Object.entries(commits).map(([service, commit]) => [
    service,
    {
      current: { environment, commit, when: `2026-11-2${commit?.[0] ?? 0}` },
      converged: undefined,
    },
  ]);
  return { host, services: Object.fromEntries(services) as unknown } as unknown as HostFacts;
}

function release(service: string, purpose = 'data'): Release {
  return { service, host: 'trusted', directories: [{ purpose }] } as unknown as Release;
}

describe('readLostHosts', () => {
  let root: string;
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', root, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
      encoding: 'utf8',
    }).trim();
  const commit = () => {
    git('add', '-A');
    git('commit', '-qm', 'x');
    return git('rev-parse', 'HEAD');
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'lost-hosts-'));
    git('init', '-q');
    mkdirSync(join(root, directory), { recursive: true });
    writeFileSync(join(root, directory, 'trusted.yaml'), 'services: [dns]\n');
    writeFileSync(join(root, directory, 'management.yaml'), 'services:\n  - qdrant\n  - ollama\n');
  });
  afterEach(() => rmSync(root, { recursive: true }));
  const lose = () => rmSync(join(root, directory, 'management.yaml'));
  const call = () => ({ root, environment: 'lab' });
  const management = { name: 'management', services: ['qdrant', 'ollama'] };

  it('finds none while all files are there', async () => {
    const deployed = commit();
    expect(await readLostHosts(call(), [facts('trusted', { dns: deployed })])).toEqual([]);
  });

  it('finds one whose file was deleted and not committed', async () => {
    commit();
    lose();
    const [lost] = await readLostHosts(call(), []);
    expect(lost).toMatchObject({ ...management, commit: 'HEAD' });
  });

  it('finds one of the commit that another host says was deployed', async () => {
    const deployed = commit();
    lose();
    commit();
    const [lost] = await readLostHosts(call(), [facts('trusted', { dns: deployed })]);
    expect(lost).toMatchObject({ ...management, commit: deployed });
    expect(await readLostHosts(call(), [facts('trusted', { dns: deployed }, 'prod')])).toEqual([]);
  });

  it('names it and refuses to start its data service elsewhere without the data', async () => {
    commit();
    lose();
    const notes: string[] = [];
    const check = refuseLostHosts(call(), (text) => notes.push(text));
    const findings = await check([release('qdrant'), release('dns')], [facts('trusted', {})]);
    expect(notes.join()).toMatch(/management is no longer in the inventory; qdrant, ollama was/);
    expect(findings).toEqual([
      {
        service: 'qdrant',
        host: 'trusted',
        blocked: {
          guard: 'move-with-data',
          reason:
            'qdrant was placed on management, which is no longer in the inventory: its data is there, and cannot move to trusted yet',
          fix: `git checkout HEAD -- ${directory}/management.yaml, and place qdrant on management again`,
        },
      },
    ]);
  });

  it('says nothing without a repository', async () => {
    rmSync(join(root, '.git'), { recursive: true });
    expect(await readLostHosts(call(), [])).toEqual([]);
  });
});

describe('findMoves', () => {
  const lost = [{ name: 'old', services: ['qdrant'], commit: 'HEAD', file: 'x' }];

  it.each<[string, Release, HostFacts, number]>([
    ['data that would be lost', release('qdrant'), facts('trusted', {}), 1],
    ['a service that is there already', release('qdrant'), facts('trusted', { qdrant: null }), 0],
    ['a service without data', release('qdrant', 'config'), facts('trusted', {}), 0],
    ['one that was not there', release('ollama'), facts('trusted', {}), 0],
  ])('%s', (_what, item, hostFacts, count) => {
    expect(findMoves([item], [hostFacts], lost)).toHaveLength(count);
  });
});

it('recordedCommits takes what git could have made, newest first', () => {
  const all = facts('trusted', { a: '1'.repeat(40), b: '2'.repeat(40), c: null, d: '--evil' });
  expect(recordedCommits('lab', [all])).toEqual(['2'.repeat(40), '1'.repeat(40)]);
});
