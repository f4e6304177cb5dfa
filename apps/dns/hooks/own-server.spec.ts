import { describe, expect, it } from '@jest/globals';
import {
  dnsSchema,
  type Environment,
  type NameAnswer,
  type NameQuestion,
  type PreflightContext,
  type Release,
} from '@ai-stack/core';
import { renderStack } from '@ai-stack/render';
import { definitions, labEnvironment } from '@ai-stack/testing/sample-environment';
import { parse } from 'yaml';
import { findMissingRecords, ownServerProbes } from './own-server';

const server = '172.30.77.53';

/** The lab with a DNS server of the operator, which has the records. */
function ownServer(): Environment {
  const lab = labEnvironment();
  return {
    ...lab,
    dns: dnsSchema.parse({ mode: 'none', server }),
    hosts: lab.hosts.map((host) => ({
      ...host,
      services: host.services.filter((service) => service !== 'dns'),
    })),
  };
}

const address = (value: string, name = 'x.lab.example'): NameAnswer => ({
  code: 'NOERROR',
  records: [{ name, type: value.includes(':') ? 'AAAA' : 'A', value }],
});

describe('the probes of a zone that another server has', () => {
  const probes = ownServerProbes(ownServer());

  it('ask that server for every name, from this machine and from each host', () => {
    expect(new Set(probes.map(({ vantage }) => vantage))).toEqual(
      new Set(['controller', 'host:management', 'host:trusted']),
    );
    expect(probes.filter(({ vantage }) => vantage === 'controller')).toHaveLength(7);
    expect(probes).toContainEqual({
      id: 'dns/chat.lab.example-a@management',
      level: 'client',
      service: 'dns',
      vantage: 'host:management',
      title: `chat.lab.example is 172.30.77.11 at ${server}`,
      fix: `enter chat.lab.example A 172.30.77.11 into ${server}, or open its port 53 to management`,
      ask: { kind: 'dns', server, name: 'chat.lab.example', type: 'A' },
      expect: { answers: ['172.30.77.11'] },
    });
  });

  it('are none where CoreDNS answers', () => {
    expect(ownServerProbes(labEnvironment())).toEqual([]);
  });
});

it('the containers that need names ask that server, and nothing of dns is deployed', () => {
  const releases = renderStack(ownServer(), definitions);
  expect(releases.map(({ service }) => service)).not.toContain('dns');
  const asking = releases.flatMap(({ service, files }) => {
    const compose = files.find(({ path }) => path.endsWith('/compose.yaml'))?.content ?? '';
    const { services } = parse(compose) as { services: Record<string, { dns?: string[] }> };
    return Object.values(services).flatMap(({ dns }) =>
      dns === undefined ? [] : [service, ...dns],
    );
  });
  expect(asking).toEqual(['litellm', server, 'open-webui', server]);
});

describe('findMissingRecords', () => {
  /** What the server answers to each name; undefined: a host is not reached; an error: the server is silent. */
  const find = async (
    answer: (name: string) => NameAnswer,
    reached: readonly string[] = ['management', 'trusted'],
    environment = ownServer(),
  ) => {
    const notes: string[] = [];
    const asked: string[] = [];
    const context: PreflightContext = {
      environment,
      changing: [{ service: 'litellm', host: 'trusted' }] as Release[],
      askNames: async (host: string, at: string, questions: readonly NameQuestion[]) => {
        if (!reached.includes(host)) return undefined;
        asked.push(`${host} ${at}`);
        return questions.map(({ name }) => answer(name));
      },
      addressHere: () => Promise.resolve(undefined),
      note: (text) => notes.push(text),
    };
    return { findings: await findMissingRecords(context), notes, asked };
  };
  const right = (name: string) =>
    address(/^(?:chat|openai|trusted)\./.test(name) ? '172.30.77.11' : '172.30.77.12');

  it('finds nothing at a server that has them, through aliases or not', async () => {
    const alias = (name: string): NameAnswer => ({
      code: 'NOERROR',
      records: [{ name, type: 'CNAME', value: 'y.lab.example' }, ...right(name).records],
    });
    for (const answer of [right, alias])
      expect(await find(answer)).toEqual({
        findings: [],
        notes: [],
        asked: [`management ${server}`],
      });
  });

  it.each<[string, NameAnswer, string]>([
    ['does not know', { code: 'NXDOMAIN', records: [] }, 'NXDOMAIN'],
    ['has without an address', { code: 'NOERROR', records: [] }, 'no A record'],
    ['has otherwise', address('192.0.2.1'), '192.0.2.1'],
    [
      'has twice',
      {
        code: 'NOERROR',
        records: [...address('172.30.77.11').records, ...address('192.0.2.1').records],
      },
      '172.30.77.11, 192.0.2.1',
    ],
  ])('lists a name that the server %s', async (_how, answer, observed) => {
    const { findings } = await find((name) => (name.startsWith('chat.') ? answer : right(name)));
    const record = { server, name: 'chat.lab.example', type: 'A', value: '172.30.77.11', observed };
    expect(findings).toEqual([{ service: 'litellm', host: 'trusted', records: [record] }]);
  });

  it('lists all of them, and says why, when the server is silent', async () => {
    const { findings, notes } = await find(() => {
      throw new Error('timed out');
    });
    expect(findings[0]?.records.map(({ observed }) => observed)).toEqual(
      Array<string>(7).fill('no answer'),
    );
    expect(notes.join()).toMatch(/172\.30\.77\.53 does not answer management over TCP/);
  });

  it('asks from another host where one is not reached, and says nothing where none is', async () => {
    expect((await find(right, ['trusted'])).asked).toEqual([`trusted ${server}`]);
    expect(await find(right, [])).toEqual({ findings: [], notes: [], asked: [] });
  });

  it('asks nothing where CoreDNS answers', async () => {
    expect((await find(right, undefined, labEnvironment())).asked).toEqual([]);
  });
});
