import { describe, expect, it } from '@jest/globals';
import { StackError } from '@ai-stack/core';
import { allNeeds, runInOrder, type Task } from './run-in-order';

const needs = { chat: ['gateway'], gateway: ['engine'], engine: [], store: [], dns: [] };

function tasks(failing: string[], log: string[], isNew: string[]): Task[] {
  const places = [
    ['chat', 'trusted'],
    ['gateway', 'trusted'],
    ['engine', 'management'],
    ['engine', 'second'],
    ['store', 'management'],
  ] as const;
  return places.map(([service, host]) => ({
    service,
    host,
    release: 'r',
    isNew: isNew.includes(service),
    run: async (reportStarted) => {
      log.push(`begin ${service} ${host}`);
      if (failing.includes(`start of ${service}`)) throw new StackError('no');
      await new Promise((resolve) => setTimeout(resolve, 5));
      log.push(`started ${service} ${host}`);
      reportStarted();
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (failing.includes(`${service} ${host}`)) throw new StackError('no');
      log.push(`end ${service} ${host}`);
      return 'changed';
    },
  }));
}

async function run(
  failing: string[],
  isNew: string[] = [],
): Promise<{ log: string[]; states: string[] }> {
  const log: string[] = [];
  const outcomes = await runInOrder(
    tasks(failing, log, isNew),
    needs,
    () => 0,
    () => undefined,
  );
  return { log, states: outcomes.map(({ service, host, state }) => `${service} ${host} ${state}`) };
}

describe('runInOrder', () => {
  it('begins a service after all hosts of those it needs, and others immediately', async () => {
    const { log } = await run([]);
    expect(log.slice(0, 3).sort()).toEqual([
      'begin engine management',
      'begin engine second',
      'begin store management',
    ]);
    expect(log.indexOf('begin gateway trusted')).toBeGreaterThan(log.indexOf('end engine second'));
    expect(log.indexOf('begin chat trusted')).toBeGreaterThan(log.indexOf('end gateway trusted'));
  });

  it('skips what needs a failed one, and nothing else', async () => {
    const { states } = await run(['engine second']);
    expect(states).toEqual([
      'chat trusted skipped',
      'gateway trusted skipped',
      'engine management changed',
      'engine second failed',
      'store management changed',
    ]);
  });

  it('starts a new one once what it needs was started, and does not wait until that is well', async () => {
    const { log } = await run([], ['chat', 'gateway', 'engine']);
    expect(log.indexOf('begin gateway trusted')).toBeGreaterThan(
      Math.max(log.indexOf('started engine second'), log.indexOf('started engine management')),
    );
    expect(log.indexOf('begin gateway trusted')).toBeLessThan(log.indexOf('end engine second'));
    expect(log.indexOf('begin chat trusted')).toBeGreaterThan(
      log.indexOf('started gateway trusted'),
    );
  });

  it('runs a new service whose need was started and then failed, and skips it when it never started', async () => {
    const late = await run(['engine second'], ['gateway']);
    expect(late.states).toContain('gateway trusted changed');
    const never = await run(['start of engine'], ['gateway', 'chat']);
    expect(never.states).toEqual(
      expect.arrayContaining(['gateway trusted skipped', 'chat trusted skipped']),
    );
  });

  it('makes what runs already wait until a new one that it needs is well', async () => {
    const { log } = await run([], ['engine', 'gateway']);
    expect(log.indexOf('begin chat trusted')).toBeGreaterThan(log.indexOf('end gateway trusted'));
  });

  it('follows needs through services that are not deployed', () => {
    expect(allNeeds('chat', needs)).toEqual(new Set(['gateway', 'engine']));
  });
});
