import { describe, expect, it } from '@jest/globals';
import type { Environment, Release } from '@ai-stack/core';
import { labEnvironment } from '@ai-stack/testing/sample-environment';
import type { Session } from '../context/session';
import { namesLeftOut, refuseUnresolvedNames } from './unresolved-names';

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

  it('asks for nothing where somebody else answers for the zone', () => {
    const lab = environment();
    expect(namesLeftOut({ ...lab, dns: { ...lab.dns, mode: 'rfc2136' } })).toEqual([]);
  });
});

describe('refuseUnresolvedNames', () => {
  const busy = [{ service: 'dns', host: 'trusted' }] as unknown as Release[];
  const findings = (isUpstream: boolean | undefined, address?: string) =>
    refuseUnresolvedNames(environment(), {} as Session, {
      isUpstream: () => Promise.resolve(isUpstream),
      addressHere: () => Promise.resolve(address),
    })(busy);

  it('prints the record to add, with the address that this machine knows', async () => {
    const [found] = await findings(false, '10.0.0.7');
    expect(found).toMatchObject({ service: 'dns', host: 'trusted' });
    expect(found?.blocked).toMatchObject({
      guard: 'unresolved-name',
      fix: "add { name: 'auth', type: A, value: '10.0.0.7' } to extraRecords in libs/inventory/environments/lab/dns.yaml",
    });
  });

  it('prints the alias of Traefik where nobody knows an address', async () => {
    const [found] = await findings(false);
    expect(found?.blocked.fix).toMatch(/type: CNAME, value: trusted\.hosts\.lab\.example \}/);
  });

  it('is content when an upstream knows the name, and knows nothing when none answers', async () => {
    expect(await findings(true)).toEqual([]);
    expect(await findings(undefined)).toEqual([]);
  });
});
