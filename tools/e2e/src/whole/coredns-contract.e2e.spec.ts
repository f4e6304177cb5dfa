import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parse } from 'yaml';
import { renderedFiles } from '@ai-stack/testing/golden';
import { inventoryEnvironment } from '@ai-stack/testing/inventory-environment';
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
});
