import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { detailsScript, factsScript } from './script';
import { emptyFacts } from '../../fixtures/sample-release';
import type { HostFacts } from './host-facts';
import { parseHostDetails, parseHostFacts } from './parse';
import { parseListening } from './listening';
import { sha256 } from '../plan/files';

const { engine } = emptyFacts();

describe('parseHostFacts, recorded', () => {
  const recorded = readFileSync('libs/deploy/fixtures/facts-trusted.txt', 'utf8');
  const parse = (answer: string): HostFacts =>
    parseHostFacts('trusted', ['/opt/stacks/ai', '/srv/docker', '/var/lib/docker'], answer, engine);

  it('reads what a host of the lab said', () => {
    const facts = parse(recorded);
    const service = facts.services['aa'];
    expect(Object.keys(facts.services)).toEqual(['aa']);
    expect(service?.current).toMatchObject({ service: 'aa', host: 'trusted', environment: 'lab' });
    expect(service?.converged?.release).toBe(service?.current?.release);
    expect(service?.journal).toBeUndefined();
    expect(service?.env?.reveal()).toBe("KEY='s3cr3t-value'\n");
    expect(service?.envSha256).toBe(service?.current?.envSha256);
    expect(facts.paths['/opt/stacks/ai/aa/.env']).toMatchObject({ kind: 'file', mode: '0600' });
    expect(facts.paths['/srv/docker/aa/store']).toEqual({
      kind: 'directory',
      mode: '0750',
      uid: 1000,
      gid: 1000,
      isEmpty: true,
    });
    const zone = facts.contents['/srv/docker/aa/config/zone'] ?? '';
    expect(facts.paths['/srv/docker/aa/config/zone']).toMatchObject({ sha256: sha256(zone) });
    expect(Object.keys(facts.contents)).toEqual(['/srv/docker/aa/config/zone']);
    expect(facts.listening).toContainEqual({
      address: '172.30.95.11',
      port: 7001,
      protocol: 'tcp',
    });
    expect(facts.memoryGiB).toBeGreaterThan(1);
    expect(facts.freeGiB['/var/lib/docker']).toBeGreaterThan(0.1);
    expect(facts.hasHandMadeStack).toBe(false);
  });

  it('reads past what a login shell prints', () => {
    expect(parse(`Welcome!\n${recorded}`).services['aa']).toBeDefined();
  });

  it('shows no secret when printed', () => {
    expect(JSON.stringify(parse(recorded))).not.toContain('s3cr3t');
  });

  it.each([
    ['an answer that was cut off', recorded.slice(0, 3000)],
    ['an empty one', ''],
  ])('refuses %s', (_title, answer) => {
    expect(() => parse(answer)).toThrow(/host trusted: its facts arrived incomplete/);
  });
});

describe('factsScript, run here', () => {
  let root: string;
  const hostile = "end 2\nok\n\ncontents 9\n'`$(id)` \u00e6\u0000\n";

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'facts-'));
    mkdirSync(join(root, 'stack/one/.stack'), { recursive: true });
    mkdirSync(join(root, 'stack/Not a service'));
    mkdirSync(join(root, 'data/one/empty'), { recursive: true });
    mkdirSync(join(root, 'data/one/hidden/.x'), { recursive: true });
    writeFileSync(join(root, 'data/one/hidden/.x/file'), '');
    mkdirSync(join(root, 'data/one/hollow/lost+found/.x'), { recursive: true });
    mkdirSync(join(root, 'data/one/linked/inner'), { recursive: true });
    symlinkSync('/nowhere', join(root, 'data/one/linked/inner/link'));
    writeFileSync(join(root, 'stack/one/.env'), hostile, { mode: 0o600 });
    writeFileSync(join(root, 'stack/one/.stack/current.json'), 'damaged');
    writeFileSync(join(root, 'data/one/zone file'), hostile);
    writeFileSync(join(root, 'data/one/real'), 'x');
    chmodSync(join(root, 'data/one/real'), 0o640);
    symlinkSync('real', join(root, 'data/one/link'));
    writeFileSync(join(root, 'stack/one/compose.override.yaml'), '');
    symlinkSync('nowhere', join(root, 'stack/one/docker-compose.override.yml'));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  function ask(names: string[], banner = ''): HostFacts {
    const roots = [join(root, 'stack'), join(root, 'data'), join(root, 'none/at/all')] as const;
    const input = names
      .map((name) => `${name[0] ?? ''}${root}/data/one/${name.slice(1)}\n`)
      .join('');
    const { stdout } = spawnSync('sh', ['-c', factsScript, 'sh', ...roots], {
      input,
      encoding: 'utf8',
    });
    return parseHostFacts('here', roots, banner + stdout, engine);
  }

  it('says whether a port can be opened on an address that comes later', () => {
    const read = (family: string): boolean =>
      readFileSync(`/proc/sys/net/${family}/ip_nonlocal_bind`, 'utf8').trim() === '1';
    expect(ask([]).bindsLateAddresses).toEqual({ ipv4: read('ipv4'), ipv6: read('ipv6') });
  });

  it('says that a file is there without reading it', () => {
    const facts = ask(['sreal', 'sabsent', 'hlink']);
    expect(facts.paths[`${root}/data/one/real`]).toMatchObject({ kind: 'other', mode: '0640' });
    expect(facts.paths).not.toHaveProperty([`${root}/data/one/absent`]);
    expect(facts.paths[`${root}/data/one/link`]).toMatchObject({ kind: 'file' });
  });

  it('calls a directory empty when no file is anywhere below it', () => {
    const names = ['empty', 'hollow', 'hidden', 'linked'];
    const { paths } = ask(names.map((name) => `h${name}`));
    const emptiness = names.map((name) => paths[`${root}/data/one/${name}`]);
    expect(emptiness).toMatchObject([true, true, false, false].map((isEmpty) => ({ isEmpty })));
  });

  it('takes no content for a frame', () => {
    const facts = ask(['czone file', 'hreal', 'hlink', 'hempty', 'hhidden', 'habsent', 'cabsent']);
    expect(facts.services['one']?.env?.reveal()).toBe(hostile);
    expect(facts.services['one']?.current).toBeUndefined();
    expect(Object.keys(facts.services)).toEqual(['one']);
    expect(facts.strayFiles).toEqual([
      `${root}/stack/one/compose.override.yaml`,
      `${root}/stack/one/docker-compose.override.yml`,
    ]);
    expect(facts.contents[`${root}/data/one/zone file`]).toBe(hostile);
    expect(facts.paths[`${root}/data/one/zone file`]).toMatchObject({ sha256: sha256(hostile) });
    expect(facts.paths[`${root}/data/one/real`]).toMatchObject({ kind: 'file', mode: '0640' });
    expect(facts.paths[`${root}/data/one/link`]).toMatchObject({
      kind: 'file',
      sha256: sha256('x'),
    });
    expect(facts.paths[`${root}/data/one/empty`]).toMatchObject({ isEmpty: true });
    expect(facts.paths[`${root}/data/one/hidden`]).toMatchObject({ isEmpty: false });
    expect(facts.paths[`${root}/data/one/absent`]).toBeUndefined();
    expect(facts.freeGiB[join(root, 'none/at/all')]).toBeGreaterThan(0);
  });

  it('tells a lock that is held from one that a killed holder left', async () => {
    const directory = join(root, 'stack/one/.stack');
    const owner = {
      who: 'ann@desk',
      when: '2026-11-23T10:00:00Z',
      commit: null,
      command: 'deploy',
    };
    writeFileSync(join(directory, 'lock.json'), `${JSON.stringify(owner)}\n`);
    expect(ask([]).services['one']?.running).toBeUndefined();
    const lockProcess = spawn('flock', [
      join(directory, 'lock'),
      'sh',
      '-c',
      'echo held; read -r line',
    ]);
    try {
      await once(lockProcess.stdout, 'data');
      expect(ask([]).services['one']?.running).toBe(
        'deploy by ann@desk since 2026-11-23T10:00:00Z',
      );
    } finally {
      lockProcess.stdin.end('\n');
      rmSync(join(directory, 'lock.json'));
    }
  });

  it('is found after what start files print without an end of line', () => {
    expect(ask([], '\u001b]0;host\u0007welcome').services['one']?.env?.reveal()).toBe(hostile);
    const { stdout } = spawnSync('/bin/sh', ['-c', detailsScript], {
      encoding: 'utf8',
      env: { PATH: '/nowhere' },
    });
    expect(`welcome${stdout}`.split('\n')).toContain('compose ');
  });

  it('sees a hand-made stack', () => {
    writeFileSync(join(root, 'stack/docker-compose.yml'), '');
    expect(ask([]).hasHandMadeStack).toBe(true);
  });
});

describe('the most open files that an engine can give', () => {
  const capable = '000001ffffffffff';
  const incapable = '000001fffeffffff';
  const ofMachine = '         0          0 4294967295';
  const ofContainer = '         0     100000      65536';
  const limits = (hard: string) =>
    `Limit                     Soft Limit           Hard Limit           Units     \nMax processes             unlimited            unlimited            processes \nMax open files            1024                 ${hard.padEnd(20)} files     \n`;
  let proc: string;

  beforeAll(() => {
    proc = mkdtempSync(join(tmpdir(), 'proc-'));
  });
  afterAll(() => rmSync(proc, { recursive: true }));

  function ask(capabilities: string, uids: string, programs: [name: string, hard: string][]) {
    rmSync(proc, { recursive: true });
    mkdirSync(join(proc, 'self'), { recursive: true });
    mkdirSync(join(proc, '1'));
    writeFileSync(join(proc, 'self/status'), `Name:\tsh\nCapEff:\t${capabilities}\nX:\t1\n`);
    if (uids !== '') writeFileSync(join(proc, 'self/uid_map'), `${uids}\n`);
    programs.forEach(([name, hard], at) => {
      mkdirSync(join(proc, `${at + 10}`));
      writeFileSync(join(proc, `${at + 10}/comm`), `${name}\n`);
      if (hard !== '') writeFileSync(join(proc, `${at + 10}/limits`), limits(hard));
    });
    const roots = ['/nowhere/a', '/nowhere/b', '/nowhere/c'] as const;
    const script = factsScript.replaceAll('/proc/', `${proc}/`);
    const ran = spawnSync('sh', ['-c', script, 'sh', ...roots], { input: '', encoding: 'utf8' });
    return parseHostFacts('here', roots, ran.stdout, engine).openFilesLimit;
  }

  it.each<[string, string, string, [string, string][], number | undefined]>([
    ['a machine', capable, ofMachine, [['dockerd', '20000']], undefined],
    ['a kernel without user namespaces', capable, '', [['dockerd', '20000']], undefined],
    ['a machine without the capability', incapable, ofMachine, [['dockerd', '20000']], 20_000],
    ['an unprivileged container', capable, ofContainer, [['dockerd', '4096']], 4096],
    [
      'the lower one of both programs',
      incapable,
      ofMachine,
      [
        ['sshd', '100'],
        ['containerd', '524288'],
        ['dockerd', '1048576'],
      ],
      524_288,
    ],
    ['one that has just ended', incapable, ofMachine, [['dockerd', '']], undefined],
    ['another engine', incapable, ofMachine, [['podman', '4096']], undefined],
  ])('on %s', (_title, capabilities, uids, programs, expected) => {
    expect(ask(capabilities, uids, programs)).toBe(expected);
  });
});

describe('parseListening', () => {
  const line = (file: string, address: string, state: string): string =>
    `/proc/net/${file}:   0: ${address} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000 0 0 1 1`;

  it.each([
    ['tcp', '0B5F1EAC:1B59', '0A', { address: '172.30.95.11', port: 7001, protocol: 'tcp' }],
    [
      'tcp6',
      '00000000000000000000000000000000:0035',
      '0A',
      { address: '::', port: 53, protocol: 'tcp' },
    ],
    [
      'tcp6',
      '0000000000000000FFFF00000100007F:0035',
      '0A',
      { address: '127.0.0.1', port: 53, protocol: 'tcp' },
    ],
    [
      'udp6',
      '000080FE000000000000000001000000:0035',
      '07',
      { address: 'fe80::1', port: 53, protocol: 'udp' },
    ],
  ])('%s %s %s', (file, address, state, expected) => {
    expect(parseListening([line(file, address, state)])).toEqual([expected]);
  });

  it('leaves out what does not listen', () => {
    expect(parseListening([line('tcp', '0100007F:0035', '07'), 'nonsense'])).toEqual([]);
  });
});

describe('parseHostDetails', () => {
  it('reads version and GPUs', () => {
    const answer = 'compose 2.26.1-4\ngpu 0, GPU-5c0f, 24564\ngpu 1, GPU-aa, 49140\n';
    expect(parseHostDetails(answer)).toEqual({
      composeVersion: '2.26.1-4',
      gpus: [
        { index: '0', uuid: 'GPU-5c0f', memoryGiB: 24564 / 1024 },
        { index: '1', uuid: 'GPU-aa', memoryGiB: 49140 / 1024 },
      ],
    });
  });

  it('reads the driver of the GPUs', () => {
    const gpu = { index: '0', uuid: 'GPU-5c0f', memoryGiB: 24 };
    const detailsWith = (driver: string) =>
      parseHostDetails(`compose 2.26.1\ngpu 0, GPU-5c0f, 24576, ${driver}\n`);
    expect(detailsWith('570.133.20')).toMatchObject({ gpus: [gpu], gpuDriver: '570.133.20' });
    expect(detailsWith('[N/A]')).toEqual({ composeVersion: '2.26.1', gpus: [gpu] });
  });

  it('takes no banner for the version', () => {
    expect(parseHostDetails('compose yourself\n\ncompose 2.26.1\n').composeVersion).toBe('2.26.1');
  });

  it('reads the absence of Compose', () => {
    expect(parseHostDetails('compose \n')).toEqual({ composeVersion: undefined, gpus: [] });
  });
});
