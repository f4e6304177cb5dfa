import { describe, expect, it } from '@jest/globals';
import { clockWarnings } from './clock-warnings';
import { collectHostFacts } from '../facts/collect';
import type { HostFacts } from '../facts/host-facts';
import { planOf, planRelease } from './plan-release';
import {
  emptyFacts,
  factsAfter,
  sampleContext,
  samplePlan,
  sampleRelease,
  sampleSecrets,
} from '../../fixtures/sample-release';

function at(host: string, seconds: number | undefined): HostFacts {
  const facts = emptyFacts(host);
  return seconds === undefined
    ? facts
    : { ...facts, clockSkew: { seconds, uncertaintySeconds: 0.6 } };
}

function reasonsOf(...seconds: (number | undefined)[]): string[] {
  const all = seconds.map((second, index) => at(`host${index}`, second));
  return clockWarnings(all[0]!, all).map(({ reason }) => reason.split(':')[0]!);
}

describe('clockWarnings', () => {
  it.each([
    ['of a host that was not compared', [undefined], []],
    ['of a clock that is right', [0.3, 200], []],
    ['of what NTP has not caught up with yet', [-59, 0], []],
    [
      'of a host that is behind',
      [-140, 0],
      ["the clock of host0 is 2 min 20 s behind this machine's"],
    ],
    ['of a host that is ahead', [7200, 0], ["the clock of host0 is 2 h ahead of this machine's"]],
    ['of the only host', [-140], ["the clock of host0 is 2 min 20 s behind this machine's"]],
    [
      'of two that differ by as much',
      [-140, 140],
      ["the clock of host0 is 2 min 20 s behind this machine's"],
    ],
    [
      'of this machine',
      [-140, -138],
      ['the clock of this machine is 2 min 20 s ahead of that of all 2 hosts'],
    ],
    [
      'of this machine, behind',
      [90, 90, 91],
      ['the clock of this machine is 1 min 30 s behind that of all 3 hosts'],
    ],
  ])('%s', (_case, seconds, reasons) => {
    expect(reasonsOf(...seconds)).toEqual(reasons);
  });

  it('are in the plan of what changes, block nothing, and leave a plan without changes empty', () => {
    const facts = at('trusted', -140);
    const first = planRelease(sampleRelease(), facts, sampleSecrets, sampleContext());
    expect(planOf(first).warnings).toEqual([
      expect.objectContaining({
        fix: expect.stringContaining('timedatectl set-ntp true') as unknown,
      }),
    ]);
    expect(planOf(first).blocked).toEqual([]);
    const after = factsAfter(first);
    expect(after.clockSkew).toBeDefined();
    const again = samplePlan(sampleRelease(), after, sampleSecrets, sampleContext());
    expect(again).not.toHaveProperty('warnings');
  });
});

describe('the clock among the facts of a host', () => {
  const frames = (clock: string): string => {
    const frame = (name: string, body: string) => `${name} ${body.length}\n${body}\n`;
    const all = frame('clock', clock) + frame('memory', '1') + frame('end', 'ok');
    return `\nai-stack-facts-1\n${Buffer.from(all).toString('base64')}\n`;
  };
  const collect = async (clock: string): Promise<HostFacts> => {
    const times = [1_800_000_000_000, 1_800_000_000_400];
    const result = { stdout: frames(clock), stderr: '', exitCode: 0 };
    const connection = { host: 'trusted', script: () => Promise.resolve(result) };
    const engine = { collectFacts: () => Promise.resolve(emptyFacts().engine) };
    return collectHostFacts(connection, engine, {
      stackRoot: '/opt/stacks/ai',
      dataRoot: '/srv/docker',
      releases: [],
      now: () => times.shift() ?? NaN,
    });
  };

  it('is compared with this machine, in the middle of the round trip', async () => {
    const { clockSkew } = await collect('1799999860');
    expect(clockSkew?.seconds).toBeCloseTo(-139.7);
    expect(clockSkew?.uncertaintySeconds).toBeCloseTo(0.7);
  });

  it('is not known of a host whose date says something else', async () => {
    expect(await collect('date: not found')).not.toHaveProperty('clockSkew');
  });
});
