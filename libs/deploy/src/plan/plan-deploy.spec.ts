import { describe, expect, it } from '@jest/globals';
import { Secret, StackError, StackErrors, type Host } from '@ai-stack/core';
import type { OpenHost } from '../facts/collect-all';
import { deployReleases, type DeployOptions } from '../deploy';
import { ofKind } from './change';
import { findSecretsForPlan } from './secrets';
import { planDeploy, plansOf, type PlanOptions } from './plan-deploy';
import { emptyFacts, sampleRelease } from '../../fixtures/sample-release';

const silence = new StackError('connecting failed: the host did not answer in time\n  ssh: x', {
  where: { host: 'management' },
  fix: 'check that it is on',
});

/** An answer of the facts script of an empty host that holds one `.env`. */
function factsAnswer(env: string): string {
  const frame = (name: string, body: string) => `${name} ${Buffer.byteLength(body)}\n${body}\n`;
  const path = '/opt/stacks/ai/two/.env';
  const frames = [
    frame('clock', '1800000000'),
    frame('memory', '16000000'),
    frame('space', '100000000 4096\n100000000 4096\n100000000 4096'),
    frame('listening', ''),
    frame('services', env === '' ? '' : '\ntwo'),
    ...(env === '' ? [] : [`${frame('contents', `${Buffer.byteLength(env)} ${path}`)}${env}\n`]),
    frame('denied', ''),
    frame('end', 'ok'),
  ];
  return `\nai-stack-facts-1\n${Buffer.from(frames.join('')).toString('base64')}`;
}

function open(name: string, env = '', isBroken = false): OpenHost {
  const host = {
    ...{ name, fqdn: `${name}.test`, address: '10.0.0.1', role: 'x', services: [], gpus: [] },
    ...{ stackRoot: '/opt/stacks/ai', dataRoot: '/srv/docker', ssh: {} },
  } as unknown as Host;
  const script = (text: string) =>
    isBroken
      ? Promise.reject(silence)
      : Promise.resolve({
          stdout: text.includes('ai-stack-facts-1') ? factsAnswer(env) : '\ncompose 2.26.1\n',
          stderr: '',
          exitCode: 0,
        });
  const collectFacts = () => Promise.resolve(emptyFacts(name).engine);
  return {
    host,
    connection: { host: name, script },
    engine: { host: name, collectFacts },
  } as unknown as OpenHost;
}

const here = sampleRelease({
  service: 'here',
  project: 'ai-here',
  secrets: [],
  ports: [],
  directories: [],
});
const owner = sampleRelease({ host: 'management' });
const consumer = sampleRelease({
  service: 'two',
  project: 'ai-two',
  directories: [],
  ports: [],
  environmentKeys: ['ONE_KEY'],
  secrets: [
    { key: 'ONE_KEY', source: { kind: 'consumed', service: 'one', key: 'KEY' }, description: 'x' },
  ],
});

function options(hosts: OpenHost[], changes: Partial<PlanOptions> = {}): PlanOptions {
  const releases = [here, owner, consumer];
  return {
    environment: 'lab',
    hosts,
    releases,
    placed: [
      { name: 'trusted', services: ['here', 'two'] },
      { name: 'management', services: ['one'] },
    ],
    provided: new Map(),
    random: (bytes) => Buffer.alloc(bytes, 7),
    allow: [],
    clock: () => new Date('2026-11-23T10:00:00Z'),
    ...changes,
  };
}

const lastSeen = '2026-11-20T08:00:00.000Z';
const off = { host: 'management', errors: [silence], lastSeen };

describe('planDeploy with a host that is off', () => {
  it('plans the rest, and says of the others why and since when nothing is known', async () => {
    const planned = await planDeploy(options([open('trusted')], { unreachable: [off] }));
    const plans = plansOf(planned);
    expect(plans.map(({ service, actions }) => [service, actions.length > 0])).toEqual([
      ['here', true],
      ['one', false],
      ['two', false],
    ]);
    expect(plans[1]).toMatchObject({
      host: 'management',
      unreachable: { lastSeen, reason: 'connecting failed: the host did not answer in time' },
      blocked: [{ guard: null, fix: 'check that it is on' }],
    });
    expect(plans[2]?.blocked[0]?.reason).toBe('KEY of one is on management, which did not answer');
    expect(planned.unreachable).toEqual([off]);
  });

  it('takes the value that the consumer has for the one that its owner cannot tell', async () => {
    const trusted = open('trusted', "ONE_KEY='known'\n");
    const planned = await planDeploy(options([trusted], { unreachable: [off] }));
    const two = planned.releases.find(({ release }) => release.service === 'two');
    const [env] = ofKind(two?.changes ?? [], 'env');
    expect(env?.values.get('ONE_KEY')?.reveal()).toBe('known');
    expect(two?.blocked.map(({ guard, reason }) => `${guard ?? ''} ${reason}`)).toEqual([
      ' KEY of one is on management, which did not answer; this plan takes the value that trusted has now',
    ]);
  });

  it('takes a host whose facts cannot be read for one that is off', async () => {
    const hosts = [open('trusted'), open('management', '', true)];
    const planned = await planDeploy(options(hosts));
    expect(planned.unreachable.map(({ host }) => host)).toEqual(['management']);
    expect(plansOf(planned).find(({ service }) => service === 'here')?.actions).not.toEqual([]);
  });

  it('does not ask for a host that is not required', async () => {
    const changes = { unreachable: [off], required: ['trusted'], releases: [here] };
    const planned = await planDeploy(options([open('trusted')], changes));
    expect(planned.unreachable).toEqual([]);
    expect(plansOf(planned).map(({ service }) => service)).toEqual(['here']);
  });
});

it('shows what a preflight found with the plan that it is about', async () => {
  const place = { service: 'here', host: 'trusted' };
  const warning = { reason: 'the image runs as another user', fix: 'choose another' };
  const blocked = { guard: 'image-architecture', reason: 'not for amd64', fix: 'choose another' };
  const preflight = async () => [
    { ...place, warning },
    { ...place, blocked },
    { ...place, host: 'management', warning },
  ];
  const changes = { preflight, releases: [here], required: ['trusted'] };
  const [plan, ...others] = plansOf(await planDeploy(options([open('trusted')], changes)));
  expect(others).toEqual([]);
  expect(plan?.warnings?.filter(({ reason }) => reason === warning.reason)).toEqual([warning]);
  expect(plan?.blocked.filter(({ guard }) => guard !== null)).toEqual([blocked]);
});

describe('deployReleases with a host that is off', () => {
  async function refusal(changes: Partial<PlanOptions>): Promise<[string[], StackErrors]> {
    const shown: string[] = [];
    const all = {
      ...options([open('trusted')], { unreachable: [off], ...changes }),
      onPlan: (plans) => shown.push(...plans.map(({ service }) => service)),
    } satisfies Partial<DeployOptions>;
    const error: unknown = await deployReleases(all as unknown as DeployOptions).catch(
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof StackErrors)) throw new Error(`it did not refuse: ${String(error)}`);
    return [shown, error];
  }

  it('shows the plan of the others and refuses, with the command that leaves the host out', async () => {
    const [shown, error] = await refusal({});
    expect(shown).toEqual(['here', 'one', 'two']);
    expect(error.exitCode).toBe(1);
    expect(error.errors[0]).toBe(silence);
    expect(error.errors[1]?.fix).toBe(
      'make management reachable, then deploy again; or deploy what does not need it: ' +
        'npx nx run here:deploy:lab --hosts=trusted',
    );
  });

  it('names the hosts alone where all on them can go', async () => {
    const [, error] = await refusal({ releases: [here, owner] });
    expect(error.errors[1]?.fix).toMatch(/: npx nx run stack:deploy:lab --hosts=trusted$/);
  });
});

it('findSecretsForPlan trusts a given value and one on another host of the owner', () => {
  const second = sampleRelease({ host: 'other' });
  const facts = (env: string) => [
    emptyFacts(),
    {
      ...emptyFacts('other'),
      services: {
        one: {
          ...{ current: undefined, journal: undefined, converged: undefined, fence: 0 },
          ...{ env: new Secret(env), envSha256: 'x' },
        },
      },
    },
  ];
  const asked = {
    environmentReleases: [owner, second, consumer],
    releases: [consumer],
    provided: new Map(),
    random: (bytes: number) => Buffer.alloc(bytes, 7),
  };
  expect(findSecretsForPlan(facts("KEY='there'\n"), asked).outOfReach).toEqual([]);
  expect(findSecretsForPlan(facts('\n'), asked).outOfReach).toHaveLength(1);
});
