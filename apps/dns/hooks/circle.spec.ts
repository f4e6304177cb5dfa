import { describe, expect, it } from '@jest/globals';
import type { NameAnswer, NameQuestion, PreflightContext, Release } from '@ai-stack/core';
import { labEnvironment } from '@ai-stack/testing/sample-environment';
import { describeCircle, findCircles } from './circle';

const replyOf = (code: string, soa?: string): NameAnswer => ({
  code,
  records: soa === undefined ? [] : [{ name: 'lab.example', type: 'SOA', value: soa }],
});
const ours = 'Trusted.hosts.lab.example hostmaster.lab.example 7 3600 600 604800 300';
const theirs = 'ns1.example.org hostmaster.example.org 7 3600 600 604800 300';

describe('describeCircle', () => {
  const none = replyOf('NXDOMAIN');
  it.each<[string, ...(NameAnswer | undefined)[]]>([
    ['who does not know the zone', none, none, none],
    ['who has the zone of another server', replyOf('NOERROR', theirs), none, none],
    ['who has a wildcard in it', none, replyOf('NOERROR'), none],
    ['who is silent', undefined, undefined, undefined],
    ['who refuses everything', replyOf('REFUSED'), replyOf('REFUSED'), replyOf('REFUSED')],
    [
      'without a way to the internet',
      replyOf('SERVFAIL'),
      replyOf('SERVFAIL'),
      replyOf('SERVFAIL'),
    ],
  ])('lets an upstream be %s', (_who, authority, zone, other) => {
    expect(describeCircle({ authority, zone, other }, 'trusted.hosts.lab.example')).toBeUndefined();
  });

  it.each<[string, RegExp, ...(NameAnswer | undefined)[]]>([
    ['answers as we do', /our own SOA/, replyOf('NOERROR', ours), undefined, undefined],
    ['finds nobody there', /says SERVFAIL/, replyOf('SERVFAIL'), replyOf('SERVFAIL'), none],
    ['is refused there', /says REFUSED/, none, replyOf('REFUSED'), none],
    ['waits for an answer', /says nothing/, undefined, undefined, none],
  ])('sees an upstream that forwards to us and %s', (_how, words, authority, zone, other) => {
    expect(describeCircle({ authority, zone, other }, 'trusted.hosts.lab.example')).toMatch(words);
  });
});

describe('findCircles', () => {
  const find = async (
    answer: (server: string, question: NameQuestion) => NameAnswer,
    file: object = { serialPlaceholder: '@SERIAL@' },
  ) => {
    const lab = labEnvironment();
    const asked: string[] = [];
    const context = {
      environment: { ...lab, dns: { ...lab.dns, upstreams: ['192.0.2.1', '192.0.2.2'] } },
      changing: [{ service: 'dns', host: 'trusted', files: [file] }] as unknown as Release[],
      askNames: (_host: string, server: string, questions: readonly NameQuestion[]) => {
        asked.push(...questions.map(({ name, type }) => `${server} ${type} ${name}`));
        return Promise.resolve(questions.map((question) => answer(server, question)));
      },
    } as unknown as PreflightContext;
    return { asked, found: await findCircles(context) };
  };

  it('names the upstream and both remedies, and does not set off the circle', async () => {
    const { asked, found } = await find((server) =>
      server.endsWith('1') ? replyOf('NOERROR', ours) : replyOf('NXDOMAIN'),
    );
    expect(found).toMatchObject([
      {
        service: 'dns',
        host: 'trusted',
        blocked: {
          guard: 'zone-circle',
          fix: expect.stringMatching(/192\.0\.2\.1, or name other/),
        },
      },
    ]);
    expect(asked.filter((query) => query.startsWith('192.0.2.1 '))).toEqual([
      '192.0.2.1 SOA lab.example',
    ]);
  });

  it('asks each time for another name, which no cache has', async () => {
    const name = async () =>
      (await find(() => replyOf('NXDOMAIN'))).asked.find((query) =>
        / A .*\.lab\.example$/.test(query),
      );
    expect(await name()).not.toBe(await name());
  });

  it('asks nobody while the zone stays as it is', async () => {
    expect(await find(() => replyOf('SERVFAIL'), {})).toEqual({ asked: [], found: [] });
  });
});
