import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { askHost, onHost, stack, Workspace } from '../lab';
import { AliasLoad, limitEngine, Load } from '../load';

jest.setTimeout(900_000);

const options = 'apps/litellm/environments/lab.yaml';
const newImage = 'ghcr.io/berriai/litellm:v1.108.7-relabelled';
const alias = new AliasLoad();
let workspace: Workspace;
beforeAll(async () => {
  workspace = new Workspace();
  expect(await stack(process.cwd(), 'deploy')).toMatchObject({ code: 0 });
  // Another image, with another id, of the same program.
  const { image } = await gateway();
  const made = await askHost(
    'trusted',
    `FROM ${image}\nLABEL ai-stack-lab.relabelled=yes\n`,
    ...['env', 'DOCKER_BUILDKIT=0', 'docker', 'build', '-q', '-t', newImage, '-'],
  );
  expect(`${made.code} ${made.err}`).toMatch(/^0 /);
});
afterAll(async () => {
  await limitEngine('-1');
  workspace.remove();
  await alias.remove();
  expect(await stack(process.cwd(), 'deploy')).toMatchObject({ code: 0 });
  await askHost('trusted', '', 'docker', 'rmi', newImage);
});

/** The gateway's only container. */
async function gateway(): Promise<{ id: string; image: string; imageId: string }> {
  const filter = ['--filter', 'label=com.docker.compose.project=ai-litellm'];
  const listed = await onHost('trusted', 'docker', 'ps', '-aq', '--no-trunc', ...filter);
  const ids = listed.trim().split('\n');
  expect(ids).toHaveLength(1);
  const format = '{{.Config.Image}} {{.Image}}';
  const said = await onHost('trusted', 'docker', 'inspect', '-f', format, ids[0] ?? '');
  const [image = '', imageId = ''] = said.trim().split(' ');
  return { id: ids[0] ?? '', image, imageId };
}

// A changed list of models is not enough: here the way in which the program runs changes.
const configure = () => workspace.edit(options, /$/, '\nlogLevel: WARNING\n');
const upgrade = () => workspace.edit(options, /^image: .*$/m, `image: ${newImage}`);
const cases: [string, () => void][] = [
  ['another configuration', configure],
  ['another image', upgrade],
];

describe.each(cases)('the gateway gets %s under load', (what, change) => {
  it('and no request through Traefik fails, no streamed answer is cut', async () => {
    const before = await gateway();
    await limitEngine('40000');
    const load = await Load.start();
    await alias.start();
    await load.streaming();
    change();
    const ran = await workspace.stack('deploy', 'litellm');
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    const result = await load.stop();
    process.stderr.write(`[load] ${JSON.stringify(result)}\n`);
    const byAlias = await alias.stop();
    await limitEngine('-1');
    process.stderr.write(`[load] by its alias: ${JSON.stringify(byAlias)}\n`);
    expect(`${ran.code} ${ran.err}`).toMatch(/^0 /);
    expect(ran.err + ran.out).toMatch(/the new one starts first/);
    expect(result.failures.slice(0, 10)).toEqual([]);
    expect(result.requests).toBeGreaterThan(300);
    expect(result.streams).toBeGreaterThan(1);
    // Past Traefik less is promised: a client with the old address asks a container that is gone.
    const failed = Object.values(byAlias.failures).reduce((sum, count) => sum + count, 0);
    expect(byAlias.requests).toBeGreaterThan(50);
    expect(failed / byAlias.requests).toBeLessThan(0.05);
    const after = await gateway();
    expect(after.id).not.toBe(before.id);
    if (what.includes('image')) expect(after.imageId).not.toBe(before.imageId);
    const plan = await workspace.stack('plan', 'litellm', '--expect-no-changes');
    expect(`${plan.code} ${plan.out}`).toMatch(/^0 /);
    // By hand, nothing changes either.
    await onHost('trusted', 'sh', '-c', 'cd /opt/stacks/ai/litellm && docker compose up -d');
    expect(await gateway()).toEqual(after);
  });
});
