import { describe, expect, it } from '@jest/globals';
import type { Environment, NameAnswer, PreflightContext, Release } from '@ai-stack/core';
import { labEnvironment } from '@ai-stack/testing/sample-environment';
import { findUnresolvedNames, namesLeftOut } from './unresolved-names';

type Extra = Environment['dns']['extraRecords'];

function environment(extraRecords: Extra = [], url?: string): Environment {
  const lab = labEnvironment();
  return {
    ...lab,
    dns: { ...lab.dns, extraRecords },
    sso: { ...lab.sso, ...(url !== undefined && { url }) },
  };
}

describe('namesLeftOut', () => {
  it.each<[string, Extra, string | undefined, string[]]>([
    ['a name in the zone that nobody holds', [], undefined, ['auth.lab.example']],
    ['one elsewhere', [], 'https://auth.example.org', []],
    ['one that only ends alike', [], 'https://authlab.example', []],
    ['one with a port', [], 'https://AUTH.lab.example:9443', ['auth.lab.example']],
    ['an address', [{ name: 'auth', type: 'A', value: '10.0.0.1' }], undefined, []],
    [
      'an alias',
      [{ name: 'auth', type: 'CNAME', value: 'trusted.hosts.lab.example' }],
      undefined,
      [],
    ],
    ['another type', [{ name: 'auth', type: 'TXT', value: 'x' }], undefined, ['auth.lab.example']],
    ['a wildcard', [{ name: '*', type: 'A', value: '10.0.0.1' }], undefined, []],
    ['the name of a service', [], 'https://chat.lab.example', []],
    ['the apex', [], 'https://lab.example', ['lab.example']],
  ])('%s', (_what, extra, url, names) => {
    expect(namesLeftOut(environment(extra, url))).toEqual(names);
  });

  it('asks for nothing where another server answers for the zone', () => {
    const lab = environment();
    expect(namesLeftOut({ ...lab, dns: { ...lab.dns, mode: 'rfc2136' } })).toEqual([]);
  });
});

describe('findUnresolvedNames', () => {
  const none = { code: 'NXDOMAIN', records: [] };
  const known = {
    code: 'NOERROR',
    records: [{ name: 'auth.lab.example', type: 'CNAME', value: 'x.lab.example' }],
  };
  /** Answers of the upstreams to each of the two questions; undefined: an upstream is silent. */
  const findings = (upstreams: (NameAnswer | undefined)[], address?: string, isReached = true) => {
    const lab = environment();
    const servers = upstreams.map((_, at) => `192.0.2.${at}`);
    const context: PreflightContext = {
      environment: { ...lab, dns: { ...lab.dns, upstreams: servers } },
      changing: [
        { service: 'chat', host: 'management' },
        { service: 'dns', host: 'trusted' },
      ] as Release[],
      askNames: async (host, server, questions) => {
        expect(host).toBe('trusted');
        const answer = upstreams[servers.indexOf(server)];
        if (!isReached) return undefined;
        if (answer === undefined) throw new Error('silent');
        return questions.map(() => answer);
      },
      addressHere: () => Promise.resolve(address),
      note: () => undefined,
    };
    return findUnresolvedNames(context);
  };

  it('prints the record to add, with the address that this machine knows', async () => {
    const [finding] = await findings([none], '10.0.0.7');
    expect(finding).toMatchObject({ service: 'dns', host: 'trusted' });
    expect(finding?.blocked).toMatchObject({
      guard: 'unresolved-name',
      fix: "add { name: 'auth', type: A, value: '10.0.0.7' } to extraRecords in libs/inventory/environments/lab/dns.yaml",
    });
  });

  it('prints the alias of Traefik where nobody knows an address', async () => {
    const [finding] = await findings([undefined, none]);
    expect(finding?.blocked.fix).toMatch(/type: CNAME, value: trusted\.hosts\.lab\.example \}/);
  });

  it.each<[string, (NameAnswer | undefined)[], boolean]>([
    ['an upstream knows the name', [none, known], true],
    ['no upstream answers', [undefined, undefined], true],
    ['an upstream says nothing of the name', [{ code: 'SERVFAIL', records: [] }], true],
    ['the host of the resolver was not reached', [none], false],
  ])('finds nothing when %s', async (_what, upstreams, isReached) => {
    expect(await findings(upstreams, undefined, isReached)).toEqual([]);
  });
});
