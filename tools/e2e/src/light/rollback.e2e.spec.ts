import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ReleaseRow } from '@ai-stack/report';
import { askHost, containerOf, onHost, stack, Workspace } from '../lab';

jest.setTimeout(600_000);

const options = 'apps/dns/environments/lab.yaml';
const engine = 'apps/ollama/environments/lab.yaml';
let workspace: Workspace;
beforeAll(async () => {
  workspace = new Workspace();
  expect(await stack(process.cwd(), 'deploy')).toMatchObject({ code: 0 });
});
afterAll(async () => {
  workspace.remove();
  expect(await stack(process.cwd(), 'deploy')).toMatchObject({ code: 0 });
});

async function releasesOf(service: string): Promise<ReleaseRow[]> {
  const ran = await workspace.stack('releases', service, '--json');
  expect(ran).toMatchObject({ code: 0 });
  return JSON.parse(ran.out) as ReleaseRow[];
}
const isAsBefore = async () =>
  expect(await stack(process.cwd(), 'plan', '--expect-no-changes')).toMatchObject({ code: 0 });
const label = async () =>
  onHost(
    'management',
    ...['docker', 'inspect', '-f', '{{index .Config.Labels "ai-stack.content"}}'],
    await containerOf('management', 'ollama'),
  );

describe('a rollback', () => {
  it('rolls back to the earlier release as a whole, verifies it, and can go forward again', async () => {
    const [first] = await releasesOf('ollama');
    const labelBefore = await label();
    workspace.edit(engine, /$/, '\nkeepAlive: 4m\n');
    expect(await workspace.stack('deploy', 'ollama')).toMatchObject({ code: 0 });
    const [second, before] = await releasesOf('ollama');
    expect(before?.release).toBe(first?.release);
    expect([second?.isCurrent, before?.isCurrent]).toEqual([true, false]);
    expect(await label()).not.toBe(labelBefore);

    const back = await workspace.stack('rollback', 'ollama');
    expect(`${back.code} ${back.err}`).toMatch(/^0 /);
    expect(await label()).toBe(labelBefore);
    await isAsBefore();
    const plan = await workspace.stack('plan', 'ollama', '--expect-no-changes');
    expect(plan).toMatchObject({ code: 3 });

    const forth = await workspace.stack('rollback', 'ollama', `--to=${second?.release}`);
    expect(`${forth.code} ${forth.err}`).toMatch(/^0 /);
    const same = await workspace.stack('plan', 'ollama', '--expect-no-changes');
    expect(`${same.code} ${same.out}`).toMatch(/^0 /);
    expect(await workspace.stack('rollback', 'ollama')).toMatchObject({ code: 0 });
    await isAsBefore();
  });

  it('of what is not kept says what is', async () => {
    const ran = await workspace.stack('rollback', 'ollama', '--to=000000000000');
    expect(ran).toMatchObject({ code: 2 });
    expect(ran.err).toMatch(/release 000000000000 is not kept[^]*--to takes [0-9a-f]{12} \(/);
  });

  it('takes the image that was kept, even when its name means another one now', async () => {
    const image = (
      await onHost('trusted', 'docker', 'inspect', '-f', '{{.Image}}', 'ai-dns-dns-1')
    ).trim();
    const name = (
      await onHost('trusted', 'docker', 'inspect', '-f', '{{.Config.Image}}', 'ai-dns-dns-1')
    ).trim();
    workspace.edit(options, 'zoneReload: 2s', 'zoneReload: 3s');
    const deployed = await workspace.stack('deploy', 'dns');
    expect(`${deployed.code} ${deployed.err}`).toMatch(/^0 /);
    const imageId = await onHost('trusted', 'docker', 'inspect', '-f', '{{.Image}}', 'edge-idp-1');
    await onHost('trusted', 'docker', 'tag', imageId.trim(), name);
    const back = await workspace.stack('rollback', 'dns');
    expect(`${back.code} ${back.err}`).toMatch(/^0 /);
    expect(
      (await onHost('trusted', 'docker', 'inspect', '-f', '{{.Image}}', 'ai-dns-dns-1')).trim(),
    ).toBe(image);
    await isAsBefore();
  });
});

describe('an upgrade that changes data', () => {
  const settings = 'apps/qdrant/environments/lab.yaml';
  const later = 'qdrant/qdrant:v1.20.0';
  const directory = '/srv/docker/qdrant';
  const onData = (script: string) => onHost('management', 'sh', '-c', script);
  beforeAll(async () => {
    const made = await askHost(
      'management',
      'FROM qdrant/qdrant:v1.19.0\nLABEL ai-stack-lab.relabelled=yes\n',
      ...['env', 'DOCKER_BUILDKIT=0', 'docker', 'build', '-q', '-t', later, '-'],
    );
    expect(`${made.code} ${made.err}`).toMatch(/^0 /);
    await onData(`echo before >${directory}/storage/mark`);
  });
  afterAll(() =>
    onData(`rm -rf ${directory}/storage/mark ${directory}/.copies; docker rmi ${later} || true`),
  );

  it('copies it first, and is not rolled back', async () => {
    const upgraded = new Workspace();
    upgraded.edit(settings, /^image: .*$/m, `image: ${later}`);
    const ran = await upgraded.stack('deploy', 'qdrant');
    expect(`${ran.code} ${ran.err}`).toMatch(/^0 /);
    expect(await onData(`cat ${directory}/.copies/*/storage/mark`)).toBe('before');
    const back = await upgraded.stack('rollback', 'qdrant');
    expect(`${back.code} ${back.err}`).toMatch(/^2 /);
    expect(back.err).toMatch(/changed its data[^]*--allow=downgrade/);
    upgraded.remove();
    const allowed = await stack(process.cwd(), 'deploy', 'qdrant', '--allow=downgrade');
    expect(`${allowed.code} ${allowed.err}`).toMatch(/^0 /);
  });

  it('and fails is stopped, and what it says brings the earlier one back', async () => {
    const broken = new Workspace();
    broken.edit(settings, /^image: .*$/m, `image: ${later}`);
    const spoil = "command: ['sh', '-c', 'echo spoilt >storage/mark; exit 3']";
    broken.edit('apps/qdrant/service.ts', "command: ['./qdrant']", spoil);
    const ran = await broken.stack('deploy', 'qdrant', '--json');
    broken.remove();
    expect(ran.code).toBe(1);
    expect(await onData(`cat ${directory}/storage/mark`)).toBe('spoilt');
    expect(await onData('docker ps -q --filter label=ai-stack.service=qdrant')).toBe('');
    const { outcomes } = JSON.parse(ran.out) as { outcomes: { error?: { fix?: string } }[] };
    const fix = outcomes[0]?.error?.fix ?? '';
    const [, commands = '', id = ''] =
      /on the host: (.*); then .* --to=([0-9a-f]{12})/.exec(fix) ?? [];
    expect(fix).toMatch(/rm -rf .* && cp -a .*--to=/);
    await onData(commands);
    const back = await workspace.stack('rollback', 'qdrant', `--to=${id}`);
    expect(`${back.code} ${back.err}`).toMatch(/^0 /);
    expect(await onData(`cat ${directory}/storage/mark`)).toBe('before');
    await isAsBefore();
  });
});

describe('two at once', () => {
  it('of the same service: one after the other, and both end well', async () => {
    const edited = [new Workspace(), new Workspace()];
    for (const item of edited) item.edit(engine, /$/, '\nkeepAlive: 3m\n');
    const ran = await Promise.all(edited.map((item) => item.stack('deploy', 'ollama')));
    for (const item of edited) item.remove();
    expect(ran.map(({ code, err }) => `${code} ${err}`)).toEqual([
      expect.stringMatching(/^0 /),
      expect.stringMatching(/^0 /),
    ]);
    expect(ran.map(({ err }) => err).join('')).toMatch(/waiting for deploy ollama by /);
    expect(await stack(process.cwd(), 'deploy')).toMatchObject({ code: 0 });
  });
});

describe('a hold', () => {
  afterAll(() => workspace.stack('unhold'));

  it('stops every change with who and why, and nothing else', async () => {
    expect(await workspace.stack('hold')).toMatchObject({ code: 2 });
    expect(await workspace.stack('hold', '--why=a new disk')).toMatchObject({ code: 0 });
    expect(await stack(process.cwd(), 'deploy')).toMatchObject({ code: 0 });
    const edited = new Workspace();
    edited.edit(engine, /$/, '\nkeepAlive: 2m\n');
    const ran = await edited.stack('deploy', 'ollama');
    edited.remove();
    expect(ran).toMatchObject({ code: 4 });
    expect(ran.err).toMatch(/@\S+ holds (?:trusted|management) since \S+: a\s+new\s+disk/);
    expect(await workspace.stack('destroy', 'ollama')).toMatchObject({ code: 4 });
    expect(await workspace.stack('unhold')).toMatchObject({ code: 0 });
    await isAsBefore();
  });
});
