import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { Call } from '../context/call';
import { selectedHosts } from './choose-hosts';
import { onStack, type OnStack } from './on-stack';

// No address is asked: instead of a connection ssh starts a program that ends.
const directory = mkdtempSync(join(tmpdir(), 'ai-stack-on-stack-'));
const sshConfig = join(directory, 'ssh_config');
writeFileSync(sshConfig, 'Host *\n  ProxyCommand false\n');
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const steps: string[] = [];
const step = (name: string): void => void steps.push(name);

/** What a command of the lab did, in order, and how it ended; no host of it is there. */
async function run(
  parts: Partial<OnStack<'plan', string[], string>>,
  words: Partial<Call> = {},
): Promise<{ ended: unknown; steps: string[] }> {
  steps.length = 0;
  const write = (text: string): void => step(text.replace(/ \(.*/, ''));
  const terminal = { out: write, err: write, errRaw: write, colour: false, interactive: false };
  const call: Call = {
    ...{ root: process.cwd(), environment: 'lab', services: ['dns'], hosts: [] },
    variables: { LAB_NET: '192.0.2', STACK_SSH_CONFIG: sshConfig },
    ...{ json: false, verbose: false },
    terminal: { ...terminal, size: () => ({ columns: 100, rows: 24 }) },
    ...words,
  };
  const work = onStack<'plan', string[], string>({
    refuse: () => step('refuse'),
    checks: [() => step('check')],
    before: () => {
      step('before');
      return 'begun';
    },
    run: async ({ releases }, _flags, before) => {
      step('run');
      return [before, ...releases.map(({ service, host }) => `${service}@${host}`)];
    },
    ...parts,
  });
  const ended = await work(call, {}).catch((error: unknown) => error);
  return { ended, steps: [...steps] };
}

describe('onStack', () => {
  it('refuses words, checks, selects, says what was selected, begins and runs, in this order', async () => {
    expect(await run({})).toEqual({
      ended: ['begun', 'dns@trusted'],
      steps: ['refuse', 'check', 'environment lab: dns on trusted', 'before', 'run'],
    });
  });

  it('begins before it reads the environment what needs nothing of it', async () => {
    const begin = () => {
      step('begin');
      return 'begun early';
    };
    expect(await run({ begin })).toEqual({
      ended: ['begun early', 'dns@trusted'],
      steps: ['refuse', 'begin', 'check', 'environment lab: dns on trusted', 'run'],
    });
  });

  it('runs on what a command selects by itself, and says nothing of it', async () => {
    const select: OnStack<'plan', string[], string>['select'] = ({ releases }) =>
      releases.filter(({ service }) => service === 'qdrant');
    expect(await run({ select, isSilent: true })).toEqual({
      ended: ['begun', 'qdrant@management'],
      steps: ['refuse', 'check', 'before', 'run'],
    });
  });

  it('reads nothing for words that it refuses', async () => {
    const error = new Error('no');
    const refuse = () => {
      throw error;
    };
    expect(await run({ refuse }, { root: '/nonexistent' })).toEqual({ ended: error, steps: [] });
  });

  it('asks nothing, and logs in nowhere, in an environment that is refused', async () => {
    const error = new Error('no certificate');
    const checks = [() => Promise.reject(error)];
    expect(await run({ checks, hosts: selectedHosts })).toEqual({
      ended: error,
      steps: ['refuse'],
    });
  });

  it('does not run without a host that it needs', async () => {
    const { ended, steps: done } = await run({ hosts: selectedHosts });
    expect(String(ended)).toMatch(/SSH connection failed/);
    expect(done).not.toContain('run');
  });
});
