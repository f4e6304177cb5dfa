import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { CheckedImage, ReleaseRow } from '@ai-stack/report';
import { placeRunbook } from '@ai-stack/testing/runbook';
import { containers, lab, onHost, stack, Workspace } from '../lab';
import { withLateClock } from '../late-clock';

jest.setTimeout(600_000);

const root = process.cwd();
const inventory = 'libs/inventory/environments/lab';
let workspace: Workspace;
beforeAll(async () => {
  workspace = new Workspace();
  expect(await stack(root, 'deploy')).toMatchObject({ code: 0 });
});
afterEach(() => workspace.restore());
afterAll(async () => {
  workspace.remove();
  expect(await stack(root, 'deploy')).toMatchObject({ code: 0 });
});

describe('what must not begin', () => {
  it('stops next to a hand-made stack, with exit code 2 and before any change', async () => {
    await onHost('trusted', 'sh', '-c', 'echo services: > /opt/stacks/ai/compose.yaml');
    const ran = await workspace.stack('deploy');
    await onHost('trusted', 'rm', '/opt/stacks/ai/compose.yaml');
    expect(ran.code).toBe(2);
    expect(ran.err).toMatch(/\/opt\/stacks\/ai on trusted has a stack that was made by hand/);
  });

  it('names every host that cannot be reached', async () => {
    await Promise.all(['trusted', 'management'].map((host) => lab('cut', host)));
    const ran = await workspace.stack('plan');
    await Promise.all(['trusted', 'management'].map((host) => lab('join', host)));
    expect(ran.code).not.toBe(0);
    expect(ran.err).toMatch(/trusted/);
    expect(ran.err).toMatch(/management/);
  });

  it('shows the rest when one host is off, and deploys nothing', async () => {
    await lab('cut', 'management');
    const commands = [
      ['status'],
      ['status', '--json'],
      ['plan'],
      ['plan', '--json'],
      ['deploy'],
      ['releases'],
      ['releases', '--json'],
      ['logs', '--lines=1'],
    ];
    const ran = await Promise.all(commands.map((args) => workspace.stack(...args)));
    await lab('join', 'management');
    const [status, rows, plan, plans, deploy, releases, kept, logs] = ran;
    expect(ran.map(({ code }) => code)).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
    expect(releases?.out).toMatch(/^dns +trusted +[0-9a-f]{12} \*/m);
    expect(releases?.out).toMatch(/^unreachable: management, last seen \d{4}-\d\d-\d\d/m);
    const keptRows = JSON.parse(kept?.out ?? '') as ReleaseRow[];
    expect([...new Set(keptRows.map(({ host }) => host))]).toEqual(['trusted']);
    expect(logs?.out).toMatch(/^dns@trusted \| /m);
    expect(logs?.err).toMatch(/^unreachable: management, last seen /m);
    expect(status?.out).toMatch(/^dns +trusted +running/m);
    expect(status?.out).toMatch(/^unreachable: management, last seen \d{4}-\d\d-\d\d/m);
    expect(JSON.parse(rows?.out ?? '')).toContainEqual(
      expect.objectContaining({ service: 'qdrant', state: 'unreachable' }),
    );
    expect(plan?.out).toMatch(/^unreachable: management, [^]*not\s+planned: .*qdrant/m);
    expect(JSON.parse(plans?.out ?? '')).toContainEqual(
      expect.objectContaining({ service: 'dns', blocked: [] }),
    );
    expect(deploy?.err).toMatch(/nothing was changed[^]*--hosts=trusted/);
  });

  it('refuses a host whose key changed', async () => {
    const known = readFileSync('.lab/keys/known_hosts', 'utf8');
    const keys = known.split('\n').filter((line) => line !== '');
    const managementKey = (keys.find((line) => line.includes('management')) ?? '')
      .split(' ')
      .slice(1)
      .join(' ');
    const forged = keys.map((line) =>
      line.includes('trusted') ? `${line.split(' ')[0]} ${managementKey}` : line,
    );
    workspace.write(`${inventory}/known_hosts`, `${forged.join('\n')}\n`);
    workspace.edit(
      `${inventory}/hosts/trusted.yaml`,
      /knownHosts: .*/,
      `knownHosts: ${inventory}/known_hosts`,
    );
    const ran = await workspace.stack('plan', 'dns');
    expect(ran.code).not.toBe(0);
    expect(ran.err).toMatch(/host key/i);
  });

  it('warns of a host whose clock is apart', async () => {
    const ran = await withLateClock('trusted', () =>
      workspace.stack('deploy', 'dns', '--dry-run', '--replace'),
    );
    expect(ran.code).toBe(0);
    expect(ran.out.replace(/[\s│]+/g, ' ')).toMatch(
      /warning: the clock of trusted is 2 min (19|2\d) s behind this machine's: .* fix: on trusted: timedatectl set-ntp true/,
    );
  });

  it('does not take a host that was reinstalled under its name for a new one', async () => {
    const management = (script: string) => onHost('management', 'sh', '-c', script);
    const kept = '/srv/docker/qdrant/storage/kept-by-its-own-disk';
    const containersOfOurs = 'docker ps -aq --filter label=ai-stack.service';
    await management(`mkdir -p "$(dirname ${kept})" && echo kept >${kept}`);
    // What goes with the disk of the system: records, secrets and containers.
    await management(`docker rm -f $(${containersOfOurs}); mv /opt/stacks/ai /opt/stacks/ai.old`);
    const planned = await workspace.stack('plan');
    const refused = await workspace.stack('deploy', 'qdrant');
    expect([planned.code, refused.code]).toEqual([2, 2]);
    expect(refused.err.replace(/\s+/g, ' ')).toMatch(
      /management has files in \/srv\/docker\/qdrant\/storage and no record of any deploy.*mv \/srv\/docker\/qdrant\/storage .*--allow=unrecorded-data/,
    );
    expect(await management('ls -A /opt/stacks')).toBe('ai.old');
    expect(await management(containersOfOurs)).toBe('');
    // The first of the three ways out: the records come back.
    await management('mv /opt/stacks/ai.old /opt/stacks/ai');
    expect((await workspace.stack('plan')).code).toBe(0);
    // And the last one: the data as it is.
    await management('mv /opt/stacks/ai /opt/stacks/ai.old');
    const adopted = await workspace.stack('deploy', '--allow=unrecorded-data');
    expect(`${adopted.code} ${adopted.err}`).toMatch(/^0 /);
    expect(await management(`cat ${kept}; rm ${kept}; rm -r /opt/stacks/ai.old`)).toBe('kept');
    // What destroy leaves is not such a host.
    expect(await workspace.stack('destroy', 'ollama', 'qdrant')).toMatchObject({ code: 0 });
    expect(await workspace.stack('deploy')).toMatchObject({ code: 0 });
  });

  it('lists the records that a DNS server of the operator lacks, and verifies one that has them', async () => {
    workspace.edit(`${inventory}/hosts/trusted.yaml`, /^services:\n +- dns\n/m, 'services: []\n');
    const leaveTo = (server: string) =>
      workspace.write(`${inventory}/dns.yaml`, `mode: none\nserver: ${server}\n`);
    leaveTo('${LAB_NET}.2');
    const planned = await workspace.stack('deploy', 'qdrant', '--replace', '--dry-run');
    expect(planned.out.replace(/[\s│]+/g, ' ')).toMatch(
      /enter these records into your DNS server \S+\.2 .*: .*management\.lab\.test A \S+\.12 \(now: [^)]+\)/,
    );
    expect(await workspace.stack('verify', 'dns', '--timeout=2')).toMatchObject({ code: 5 });
    // Our own CoreDNS still runs there, and is as good as any other server.
    leaveTo('${LAB_NET}.11');
    const complete = await workspace.stack('deploy', 'qdrant', '--replace', '--dry-run');
    expect(complete.out).not.toContain('enter these records');
    expect(await workspace.stack('verify', 'dns')).toMatchObject({ code: 0 });
  });

  it('refuses to hide a record that the upstream has', async () => {
    // Only because the apex has another record: without any it would fall through.
    const other = "name: '@'\n    type: TXT\n    value: a text";
    workspace.edit(`${inventory}/dns.yaml`, /name: '@'\n +type: MX\n +value: .*/, other);
    const ran = await workspace.stack('deploy', 'dns');
    expect(ran.code).toBe(2);
    expect(ran.err).toMatch(/would hide MX 10 mail\.upstream\.test of lab\.test/);
  });

  it('finds a taken port and a hand-made stack together', async () => {
    await onHost(
      'management',
      'sh',
      '-c',
      'docker rm -f $(docker ps -q --filter label=ai-stack.service=qdrant)',
    );
    await onHost('trusted', 'sh', '-c', 'echo services: > /opt/stacks/ai/compose.yaml');
    const address = `${readFileSync('.lab/net', 'utf8').trim()}.12`;
    await onHost(
      'management',
      ...['docker', 'run', '-d', '--pull', 'never', '--name', 'squatter'],
      ...['-p', `${address}:6333:6333`, 'qdrant/qdrant:v1.19.0'],
    );
    const ran = await workspace.stack('deploy');
    await onHost('management', 'docker', 'rm', '-f', 'squatter');
    await onHost('trusted', 'rm', '/opt/stacks/ai/compose.yaml');
    expect(ran.code).toBe(2);
    expect(ran.err).toMatch(/6333/);
    expect(ran.err).toMatch(/made by hand/);
    expect((await workspace.stack('deploy')).code).toBe(0);
  });

  it('says which engine does not answer', async () => {
    await onHost('management', 'mv', '/run/docker.sock', '/run/docker.sock.away');
    const ran = await workspace.stack('plan');
    await onHost('management', 'mv', '/run/docker.sock.away', '/run/docker.sock');
    expect(ran.code).not.toBe(0);
    expect(ran.err).toMatch(/management/);
    expect(ran.err).toMatch(/engine|docker/i);
  });

  it('refuses to move a service away from its data', async () => {
    const kept = '/srv/docker/qdrant/storage/kept-where-it-is';
    await onHost('management', 'sh', '-c', `echo kept >${kept}`);
    workspace.edit(`${inventory}/hosts/management.yaml`, /^ *- qdrant\n/m, '');
    workspace.edit(`${inventory}/hosts/trusted.yaml`, /^( *)- dns\n/m, '$1- dns\n$1- qdrant\n');
    const ran = await workspace.stack('deploy');
    await onHost('management', 'rm', kept);
    expect(ran.code).toBe(2);
    expect(ran.err).toMatch(/qdrant has data on management, and data cannot move to trusted\s+yet/);
    expect(Object.keys(await containers())).toContain('ai-qdrant/qdrant');
  });
});

describe('images that a host would pull', () => {
  const options = 'apps/dns/environments/lab.yaml';
  const rowsOf = (out: string) => JSON.parse(out) as CheckedImage[];

  it('fit as the lab offers them, read through the mirror of the engine', async () => {
    const ran = await workspace.stack('check-images', '--json');
    expect(`${ran.code} ${ran.err}`).toMatch(/^0 /);
    const rows = rowsOf(ran.out);
    expect(rows.map(({ service, state }) => `${service} ${state}`).sort()).toEqual(
      expect.arrayContaining(['dns fits', 'ollama fits', 'qdrant fits']),
    );
    const mirror = `http://${readFileSync('.lab/net', 'utf8').trim()}.2`;
    expect([...new Set(rows.map(({ from }) => from))]).toEqual([mirror]);
  });

  it('differ when another program is in them, and nothing is pulled', async () => {
    workspace.edit(options, /^image: .*/m, 'image: qdrant/qdrant:v1.19.0');
    const ran = await workspace.stack('check-images', 'dns');
    expect(ran.code).toBe(1);
    expect(ran.out.replace(/\s+/g, ' ')).toMatch(
      /the entrypoint of qdrant\/qdrant:v1\.19\.0 is none; expected: \/coredns fix: choose another image in apps\/dns\/environments\/lab\.yaml/,
    );
    expect(await onHost('trusted', 'docker', 'images', '-q', 'qdrant/qdrant')).toBe('');
  });

  it('are unknown under a tag that the registry has not', async () => {
    workspace.edit(options, /^image: .*/m, 'image: coredns/coredns:9.9.9');
    const ran = await workspace.stack('check-images', 'dns', '--json');
    expect(ran.code).toBe(1);
    expect(rowsOf(ran.out)).toEqual([
      expect.objectContaining({
        ...{ state: 'unknown', isAnswer: true },
        reason: expect.stringMatching(/has no such image/),
        fix: expect.stringMatching(/image in apps\/dns\/environments\/lab\.yaml/),
      }),
    ]);
  });
});

describe('an environment with open keys', () => {
  it('is refused by render, which lists all of them', async () => {
    placeRunbook(workspace.root, 'runbook');
    const ran = await workspace.stack('render', '--environment', 'runbook');
    expect(ran.code).toBe(2);
    expect(ran.err).toMatch(/hosts\/management\.yaml:\d+:\d+/);
    expect(ran.err).toMatch(/sso\.yaml:\d+:\d+/);
  });
});
