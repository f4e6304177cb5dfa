import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { dnsSchema, type Dns, type ExtraRecord } from '@ai-stack/core';
import { parse } from 'yaml';
import { renderedFiles } from '@ai-stack/testing/golden';
import { inventoryEnvironment } from '@ai-stack/testing/inventory-environment';
import { renderCorefile } from '../../../../apps/dns/corefile';
import { renderZone } from '../../../../apps/dns/zone';
import { Isolated, waitFor } from '../isolated';
import { askHost, node, onHost, stack } from '../lab';

jest.setTimeout(600_000);

type Answer = string | object | { code: string };
type Asked = [name: string, type: string];
interface Compose {
  services: { dns: { command: string[]; cap_drop: string[]; cap_add: string[] } };
}

// Runs here, and in a container: asks a server, and prints each answer, or the code of its refusal.
const asking = `const { Resolver } = require('node:dns/promises');
const resolver = new Resolver({ timeout: 2000, tries: 2 });
resolver.setServers([process.argv[1]]);
const ask = ([name, type]) => resolver.resolve(name, type).catch(({ code }) => [{ code }]);
Promise.all(JSON.parse(process.argv[2]).map(ask)).then((all) => console.log(JSON.stringify(all)));`;

/** The rendered file of the resolver whose path has this in it. */
function rendered(environment: 'lab' | 'prod', part: string): string {
  const files = Object.entries(renderedFiles('dns', environment));
  return files.find(([path]) => path.includes(part))?.[1] ?? '';
}

/** Every record of the rendered zone, with the whole name and the values as the file has them. */
function recordsOf(environment: 'lab' | 'prod', net = '172.30.77') {
  const { domain } = inventoryEnvironment(environment).settings;
  const found = new Map<string, { asked: Asked; values: string[] }>();
  for (const line of rendered(environment, '/db.').split('\n')) {
    const [, name = '', type = '', value = ''] = /^(\S+) IN (\S+) (.*)$/.exec(line) ?? [];
    if (name === '') continue;
    const asked: Asked = [name === '@' ? domain : `${name}.${domain}`, type];
    const values = found.get(asked.join(' '))?.values ?? [];
    const here = value.replaceAll('172.30.77', net).replace(/\.(?= |$)/g, '');
    found.set(asked.join(' '), { asked, values: [...values, here] });
  }
  return [...found.values()];
}

/** An answer as the zone file writes it, but for the final dots and with the serial's place instead of it. */
function inZone(answer: Answer): string {
  if (typeof answer === 'string') return answer;
  const of = answer as Record<string, string | number>;
  if ('exchange' in answer) return `${of['priority']} ${of['exchange']}`;
  if (!('serial' in answer)) return JSON.stringify(answer);
  const timers = ['refresh', 'retry', 'expire', 'minttl'].map((name) => of[name]);
  return [of['nsname'], of['hostmaster'], '@SERIAL@', ...timers].join(' ');
}
const flat = (answers: Answer | Answer[]) => [answers].flat().map(inZone).sort();

/** The first port of each server below; its health and readiness are at the next two. */
const ports = { ordered: 1053, down: 2053, circle: 3053, apex: 4053 };
const servers: { domain: string; port: number; upstreams: string[]; apex?: ExtraRecord[] }[] = [
  { domain: 'ordered.test', port: ports.ordered, upstreams: ['127.0.0.2', '127.0.0.3'] },
  // Nothing is at the first address.
  { domain: 'down.test', port: ports.down, upstreams: ['127.0.0.9', '127.0.0.3'] },
  { domain: 'circle.test', port: ports.circle, upstreams: ['127.0.0.4'] },
  {
    domain: 'apex.test',
    port: ports.apex,
    upstreams: ['127.0.0.2'],
    apex: [{ name: '@', type: 'TXT', value: 'a text' }],
  },
];

function dnsOf(extraRecords: ExtraRecord[] = []): Dns {
  return dnsSchema.parse({
    mode: 'coredns',
    host: 'one',
    upstreams: ['192.0.2.53'],
    extraRecords,
  });
}

/** Our zone file for a domain with one host. */
function zoneOf(domain: string, extraRecords?: ExtraRecord[]): string {
  const lab = inventoryEnvironment('lab');
  const [host] = lab.hosts;
  const only = { ...host!, name: 'one', fqdn: `one.${domain}`, address: '192.0.2.1', services: [] };
  const settings = { ...lab.settings, domain };
  return renderZone({ ...lab, settings, dns: dnsOf(extraRecords), hosts: [only] });
}

/** An upstream that knows every name below one domain and the mail servers of our zones, and denies all others. */
const upstream = (bind: string, domain: string, address: string): string => `.:53 {
    bind ${bind}
    template IN A ${domain} {
        answer "{{ .Name }} 60 IN A ${address}"
    }
    template IN MX ordered.test apex.test {
        answer "{{ .Name }} 60 IN MX 10 mail.upstream.test."
    }
    template ANY ANY {
        rcode NXDOMAIN
    }
}
`;

/** Our Corefile for each of the zones, and the upstreams; the third one sends the names of a zone back. */
const corefileOfAll = [
  ...servers.map(({ domain, port, upstreams }) =>
    renderCorefile({
      ...{ domain, port, dns: { ...dnsOf(), upstreams } },
      ...{ zoneFile: `/etc/coredns/zones/db.${domain}`, zoneReload: '30s' },
    })
      .replace(':8080', `:${port + 1}`)
      .replace(':8181', `:${port + 2}`),
  ),
  upstream('127.0.0.2', 'first.test', '192.0.2.12'),
  upstream('127.0.0.3', 'second.test', '192.0.2.13'),
  `circle.test:53 {
    bind 127.0.0.4
    log
    forward . 127.0.0.1:${ports.circle}
}
`,
].join('\n');

describe('the real CoreDNS', () => {
  beforeAll(async () => {
    expect(await stack(process.cwd(), 'deploy')).toMatchObject({ code: 0 });
  });

  describe('with the files of lab', () => {
    const net = readFileSync('.lab/net', 'utf8').trim();
    const askLab = async (asked: Asked[]) => {
      const ran = await node(process.cwd(), '-e', asking, `${net}.11`, JSON.stringify(asked));
      return JSON.parse(ran.out) as Answer[][];
    };

    it('answers every record of the zone as rendered, SOA, NS and MX among them', async () => {
      const records = recordsOf('lab', net);
      expect(records.length).toBeGreaterThan(10);
      const answers = await askLab(records.map(({ asked }) => asked));
      expect(answers.map(flat)).toEqual(records.map(({ values }) => [...values].sort()));
    });

    it('answers other types of its names as empty, and other names as the upstream does', async () => {
      const answers = await askLab([
        ['trusted.lab.test', 'AAAA'],
        ['chat.lab.test', 'AAAA'],
        ['nobody.lab.test', 'A'],
        ['probe.upstream.test', 'A'],
      ]);
      const [none, nobody] = [[{ code: 'ENODATA' }], [{ code: 'ENOTFOUND' }]];
      // The alias itself is an answer, with nothing behind it.
      expect(answers).toEqual([none, [], nobody, ['192.0.2.53']]);
    });
  });

  // In a container of its own that shares the network of an idle one, which has none: nobody else is asked.
  describe('with the files of prod', () => {
    const alone = new Isolated('management', 'coredns');
    const network = ['--network', `container:${alone.nameOf('idle')}`];
    const { command, cap_drop, cap_add } = (parse(rendered('prod', '/compose.yaml')) as Compose)
      .services.dns;
    let image: string;
    const askAlone = async (asked: Asked[]) => {
      const ran = await alone.exec(
        'idle',
        ...['node', '-e', asking, '127.0.0.1:1053', JSON.stringify(asked)],
      );
      return JSON.parse(ran.out) as Answer[][];
    };
    beforeAll(async () => {
      await alone.remove();
      const inspect = ['docker', 'inspect', '-f', '{{.Config.Image}}', 'ai-dns-dns-1'];
      image = (await onHost('trusted', ...inspect)).trim();
      const { domain } = inventoryEnvironment('prod').settings;
      const config = await alone.write('config/Corefile', rendered('prod', '/Corefile'));
      // The serial is what a deploy fills in.
      const zone = rendered('prod', '/db.').replace('@SERIAL@', '1');
      const zones = await alone.write(`zones/db.${domain}`, zone);
      await alone.startIdle('idle');
      const rights = [
        ...cap_drop.flatMap((name) => ['--cap-drop', name]),
        ...cap_add.flatMap((name) => ['--cap-add', name]),
        ...['--read-only', '--security-opt', 'no-new-privileges:true'],
      ];
      const mounts = [`${config}:/etc/coredns/config:ro`, `${zones}:/etc/coredns/zones:ro`];
      const options = [...network, ...rights, ...mounts.flatMap((mount) => ['-v', mount])];
      await alone.start('dns', image, options, command);
    });
    afterAll(() => alone.remove());

    it('becomes ready', async () => {
      await waitFor(
        () => alone.exec('idle', 'curl', '-fsS', 'http://127.0.0.1:8181/ready'),
        ({ code }) => code === 0,
        30,
      );
    });

    it('answers every record of the zone as rendered', async () => {
      const records = recordsOf('prod');
      expect(records.length).toBeGreaterThan(7);
      const answers = await askAlone(records.map(({ asked }) => asked));
      expect(answers.map(flat)).toEqual(records.map(({ values }) => [...values].sort()));
    });

    it('asks the upstream, which is out of reach here, for what the zone does not hold', async () => {
      const { domain } = inventoryEnvironment('prod').settings;
      const answers = await askAlone([
        [`www.${domain}`, 'A'],
        [`_acme-challenge.chat.${domain}`, 'TXT'],
        ['www.example.org', 'A'],
      ]);
      expect(answers.flat()).toEqual(Array.from({ length: 3 }, () => ({ code: 'ESERVFAIL' })));
    });

    it('would not start with a directive that it does not know', async () => {
      const wrong = rendered('prod', '/Corefile').replace('fallthrough', 'fallthru');
      const directory = await alone.write('wrong/Corefile', wrong);
      const ran = await askHost(
        'management',
        '',
        ...[
          'docker',
          'run',
          '--rm',
          '--network',
          'none',
          '-v',
          `${directory}:/etc/coredns/config:ro`,
        ],
        ...[image, ...command],
      );
      expect(ran.code).not.toBe(0);
      expect(`${ran.out}${ran.err}`).toMatch(/Corefile:\d+ .*fallthru/);
    });
  });

  // One program with our files for several zones, each on a port of its own, and with the upstreams that they ask.
  describe('with upstreams that know different names', () => {
    const alone = new Isolated('management', 'coredns-upstreams');
    const askPort = async (port: number, asked: Asked[]) => {
      const ran = await alone.exec(
        'idle',
        ...['node', '-e', asking, `127.0.0.1:${port}`, JSON.stringify(asked)],
      );
      return (JSON.parse(ran.out) as Answer[][]).map(flat);
    };
    const addressesOf = (domain: string): Asked[] =>
      Array.from({ length: 8 }, (_, at) => [`n${at}.${domain}`, 'A']);
    const refusal = (code: string) => [JSON.stringify({ code })];
    beforeAll(async () => {
      await alone.remove();
      const inspect = ['docker', 'inspect', '-f', '{{.Config.Image}}', 'ai-dns-dns-1'];
      const image = (await onHost('trusted', ...inspect)).trim();
      const zones = await Promise.all(
        servers.map(({ domain, apex }) =>
          alone.write(`zones/db.${domain}`, zoneOf(domain, apex).replace('@SERIAL@', '1')),
        ),
      );
      const config = await alone.write('config/Corefile', corefileOfAll);
      await alone.startIdle('idle');
      const mounts = [`${config}:/etc/coredns/config:ro`, `${zones[0]}:/etc/coredns/zones:ro`];
      await alone.start(
        'dns',
        image,
        [
          ...['--network', `container:${alone.nameOf('idle')}`],
          ...mounts.flatMap((mount) => ['-v', mount]),
        ],
        ['-conf', '/etc/coredns/config/Corefile'],
      );
      await waitFor(
        () => alone.exec('idle', 'curl', '-fsS', `http://127.0.0.1:${ports.ordered + 2}/ready`),
        ({ code }) => code === 0,
        30,
      );
    });
    afterAll(() => alone.remove());

    it('asks them in their order, and the second one only while the first is down', async () => {
      const names = [...addressesOf('first.test'), ...addressesOf('second.test')];
      const all = (answer: string[]) => Array.from({ length: 8 }, () => answer);
      const [unknown, first, second] = [refusal('ENOTFOUND'), ['192.0.2.12'], ['192.0.2.13']];
      expect(await askPort(ports.ordered, names)).toEqual([...all(first), ...all(unknown)]);
      expect(await askPort(ports.down, names)).toEqual([...all(unknown), ...all(second)]);
    });

    it('survives a zone that is forwarded in a circle', async () => {
      const begun = Date.now();
      const answers = await askPort(ports.circle, [
        ['nobody.circle.test', 'A'],
        ['one.circle.test', 'A'],
      ]);
      expect(answers).toEqual([refusal('EREFUSED'), ['192.0.2.1']]);
      expect(Date.now() - begun).toBeLessThan(4000);
      const rounds = (await alone.logs('dns')).match(/"A IN nobody\.circle\.test\./g) ?? [];
      expect(rounds.length).toBeGreaterThan(1);
      expect(rounds.length).toBeLessThanOrEqual(200);
    });

    it('hides what an upstream has at the apex once the zone has a record there, and not before', async () => {
      const other = ['10 mail.upstream.test'];
      expect(await askPort(ports.ordered, [['ordered.test', 'MX']])).toEqual([other]);
      expect(
        await askPort(ports.apex, [
          ['apex.test', 'MX'],
          ['apex.test', 'TXT'],
        ]),
      ).toEqual([refusal('ENODATA'), ['["a text"]']]);
    });
  });
});
