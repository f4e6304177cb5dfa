import { describe, expect, it } from '@jest/globals';
import { dnsSchema, type Dns, type Environment } from '@ai-stack/core';
import { renderService } from '@ai-stack/render';
import { definitions, labEnvironment } from '@ai-stack/testing/sample-environment';
import { renderCorefile } from './corefile';
import { renderZone } from './zone';

function withDns(dns: Partial<Dns>): Environment {
  const environment = labEnvironment();
  return { ...environment, dns: { ...environment.dns, ...dns } };
}

describe('the zone', () => {
  it('begins with origin, time to live, authority and server; the serial is left open', () => {
    expect(renderZone(labEnvironment()).split('\n').slice(0, 4)).toEqual([
      '$ORIGIN lab.example.',
      '$TTL 300',
      '@ IN SOA trusted.hosts.lab.example. hostmaster.lab.example. @SERIAL@ 3600 600 604800 300',
      '@ IN NS trusted.hosts.lab.example.',
    ]);
  });

  it('writes the contact as a mailbox', () => {
    const zone = renderZone(withDns({ contact: 'a.b@mail.example.org' }));
    expect(zone).toContain(' a\\.b.mail.example.org. @SERIAL@');
  });

  it('takes the name servers of the apex instead of its own', () => {
    const extraRecords = [{ name: '@', type: 'NS' as const, value: 'ns1.example.org' }];
    const servers = renderZone(withDns({ extraRecords })).match(/^@ IN NS .*$/gm);
    expect(servers).toEqual(['@ IN NS ns1.example.org.']);
  });

  it.each([
    ['quotes', 'say "hi" \\ ; $ORIGIN', '"say \\"hi\\" \\\\ ; $ORIGIN"'],
    ['more than 255 octets', 'é'.repeat(200), `"${'é'.repeat(127)}" "${'é'.repeat(73)}"`],
  ])('writes a text with %s as strings', (_case, value, expected) => {
    const zone = renderZone(withDns({ extraRecords: [{ name: 'x', type: 'TXT', value }] }));
    expect(zone).toContain(`x IN TXT ${expected}\n`);
  });
});

describe('the Corefile', () => {
  const upstreams = ['fd00::1', '192.0.2.1'];
  const dns = dnsSchema.parse({ mode: 'coredns', host: 'x', upstreams });
  const parts = { domain: 'a.example', zoneFile: '/z', port: 1053, zoneReload: '2s' };
  const corefile = renderCorefile({ ...parts, dns });
  const forwards = corefile.match(/^ {4}forward [^}]*}/gm);

  it('forwards to IPv6 addresses in brackets', () => {
    expect(forwards?.[0]).toContain('forward . [fd00::1] 192.0.2.1 {');
  });

  it('asks the upstreams in their order, for the zone and for all else', () => {
    expect(forwards).toHaveLength(2);
    for (const block of forwards ?? []) expect(block).toContain('policy sequential');
  });

  it('ends a circle in both blocks, and never the program', () => {
    const limits = forwards?.map((block) => /max_concurrent (\d+)/.exec(block)?.[1]);
    expect(limits).toEqual(['100', '1000']);
    expect(corefile).not.toMatch(/^\s*loop\b/m);
  });
});

it('dns is asked for a name of the zone and a foreign one that nobody has', () => {
  const [release] = renderService(labEnvironment(), 'dns', definitions['dns']!);
  const asked = release?.probes.filter(({ ask }) => ask.kind === 'dns' && ask.random === true);
  expect(asked).toMatchObject([
    { id: 'dns/unknown-name', ask: { name: 'lab.example' }, vantage: 'host:trusted' },
    { id: 'dns/foreign-name', ask: { name: 'invalid' }, vantage: 'host:trusted' },
  ]);
});

describe('dns refuses', () => {
  const render = (environment: Environment) =>
    renderService(environment, 'dns', definitions['dns']!);

  it('the mode that is not built yet', () => {
    expect(() => render(withDns({ mode: 'rfc2136' }))).toThrow(/mode rfc2136 is not built yet/);
  });

  it('to answer on another host than the one that is asked', () => {
    expect(() => render(withDns({ host: 'management' }))).toThrow(
      /dns is placed on trusted, but dns.yaml names management/,
    );
  });
});

it('a new record changes the zone and no container', () => {
  const render = (environment: Environment) =>
    renderService(environment, 'dns', definitions['dns']!)[0]!;
  const before = render(labEnvironment());
  const extraRecords = [{ name: 'x', type: 'A' as const, value: '192.0.2.1' }];
  const after = render(withDns({ extraRecords }));
  expect(after.containers).toEqual(before.containers);
  const changed = after.files.filter(({ sha256 }, index) => sha256 !== before.files[index]?.sha256);
  expect(changed.map(({ path, onChange }) => [path, onChange])).toEqual([
    ['/srv/docker/dns/zones/db.lab.example', 'reload'],
  ]);
});
