import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ReleaseRow } from '@ai-stack/report';
import { restoreEarlierHost } from '../earlier-host';
import { changed, containers, onHost, pendingActions, plansOf, stack } from '../lab';

jest.setTimeout(600_000);

const root = process.cwd();
const here = { stack: (...args: string[]) => stack(root, ...args) };
const services = ['dns', 'ollama', 'qdrant'];
const kept = '/srv/docker/qdrant/storage/kept-since-c4e5cc2';

// Hosts that an earlier version deployed to, with data.
beforeAll(async () => {
  expect(await stack(root, 'deploy')).toMatchObject({ code: 0 });
  expect(await stack(root, 'destroy', ...services)).toMatchObject({ code: 0 });
  for (const host of ['trusted', 'management'])
    await onHost(host, 'sh', '-c', 'rm -rf /opt/stacks/ai/*');
  await onHost('management', 'sh', '-c', `echo data >${kept}`);
  await restoreEarlierHost('trusted', ['dns']);
  await restoreEarlierHost('management', ['ollama', 'qdrant']);
});
afterAll(async () => {
  await onHost('management', 'rm', '-f', kept);
  expect(await stack(root, 'deploy')).toMatchObject({ code: 0 });
});

describe('hosts as c4e5cc2 left them', () => {
  let before: Record<string, string>;
  let after: Record<string, string>;

  it('are read without an error, and nothing blocks', async () => {
    before = await containers();
    expect(Object.keys(before)).toEqual(services.map((name) => `ai-${name}/${name}`));
    const plans = await plansOf(here);
    expect(plans.flatMap(({ blocked }) => blocked)).toEqual([]);
    expect(plans.flatMap(({ actions }) => actions).map(({ verb }) => verb)).not.toContain('remove');
  });

  it('are deployed to, recreating each container at most once, and the next plan is empty', async () => {
    const deployed = await stack(root, 'deploy');
    expect(`${deployed.code} ${deployed.err}`).toMatch(/^0 /);
    after = await containers();
    expect(Object.keys(after)).toEqual(Object.keys(before));
    expect(pendingActions(await plansOf(here))).toEqual([]);
    expect(await stack(root, 'deploy')).toMatchObject({ code: 0 });
    expect(changed(after, await containers())).toEqual([]);
  });

  it('go back to the release of c4e5cc2, and forth', async () => {
    const listed = await stack(root, 'releases', 'dns', '--json');
    const rows = JSON.parse(listed.out) as ReleaseRow[];
    const earlier = rows.find(({ isCurrent }) => !isCurrent);
    expect(earlier).toBeDefined();
    const back = await stack(root, 'rollback', 'dns', `--to=${earlier?.release}`);
    expect(`${back.code} ${back.err}`).toMatch(/^0 /);
    const forth = await stack(root, 'deploy', 'dns');
    expect(`${forth.code} ${forth.err}`).toMatch(/^0 /);
  });

  it('keep secrets and data, also when the services are destroyed', async () => {
    const env = await onHost('management', 'cat', '/opt/stacks/ai/qdrant/.env');
    expect(env).toMatch(/12e14cf6bc4f60eb/);
    expect(await onHost('management', 'cat', kept)).toBe('data');
    expect(await stack(root, 'destroy', 'qdrant')).toMatchObject({ code: 0 });
    expect(await onHost('management', 'cat', kept)).toBe('data');
    expect(await stack(root, 'deploy', 'qdrant')).toMatchObject({ code: 0 });
    expect(await onHost('management', 'cat', '/opt/stacks/ai/qdrant/.env')).toBe(env);
  });
});
