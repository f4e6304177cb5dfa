import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ThrowAway } from '../../checks/fixtures/throw-away';
import { emptyTree } from '../../stack/src/base/read-history';
import { changed, containers, nx, onHost, stack } from './lab';

jest.setTimeout(900_000);

// A repository of its own with commits of its own, on the lab of this checkout.
let clone: ThrowAway;
let start: string;
beforeAll(async () => {
  clone = new ThrowAway();
  for (const name of ['.lab', '.env.local']) {
    symlinkSync(join(process.cwd(), name), join(clone.root, name));
  }
  clone.exclude('.lab', '.env.local');
  start = clone.git('rev-parse', 'HEAD');
});
afterAll(async () => {
  clone.remove();
  expect(await stack(process.cwd(), 'deploy')).toMatchObject({ code: 0 });
});

const options = 'apps/litellm/environments/lab.yaml';

async function base(): Promise<string> {
  const ran = await stack(clone.root, 'base');
  expect(`${ran.code} ${ran.err}`).toMatch(/^0 /);
  return ran.out;
}

/** The main job of CI: deploys what is affected since what the hosts say; returns the services that Nx picked. */
async function deployAffected(
  ...flags: string[]
): Promise<{ picked: string[]; code: number; text: string }> {
  const since = await base();
  const show = await nx(
    clone.root,
    'show',
    'projects',
    '--affected',
    `--base=${since}`,
    '--json',
    '-t',
    'deploy',
  );
  const picked = (JSON.parse(show.out) as string[]).filter((name) => name !== 'stack').sort();
  const ran = await nx(clone.root, 'affected', '-t', 'deploy', `--base=${since}`, ...flags);
  return { picked, code: ran.code, text: `${ran.out}${ran.err}` };
}

/** What was printed when it worked, so that a failure shows it. */
function worked({ code, text }: { code: number; text: string }): string {
  return code === 0 ? text : 'a deploy that ends with 0';
}

describe('nx affected from the base that the hosts say', () => {
  it('is everything until the hosts stand at a commit of this history', async () => {
    expect(await base()).toBe(emptyTree);
    const { picked, code } = await deployAffected();
    expect({ picked: picked.length, code }).toEqual({ picked: 6, code: 0 });
  });

  it('is HEAD once all is deployed, and nothing is left to do', async () => {
    expect(await base()).toBe(start);
    const before = await containers();
    expect(await deployAffected()).toMatchObject({ picked: [], code: 0 });
    expect(changed(before, await containers())).toEqual([]);
  });

  it('picks the gateway alone in each commit to it, and replaces nothing else', async () => {
    for (const seconds of [501, 502, 503]) {
      clone.append(options, `requestTimeoutSeconds: ${seconds}\n`, /requestTimeoutSeconds.*\n/);
      const head = clone.commit(`timeout ${seconds}`);
      const before = await containers();
      const ran = await deployAffected();
      expect({ ...ran, text: '' }).toEqual({ picked: ['litellm'], code: 0, text: '' });
      expect(changed(before, await containers())).toEqual(['ai-litellm/litellm']);
      expect(await base()).toBe(head);
    }
  });

  it('keeps the order of needs through one that is not affected, and does not pull that one in', async () => {
    clone.append('apps/ollama/environments/lab.yaml', 'keepAlive: 4m\n');
    clone.append('apps/open-webui/environments/lab.yaml', 'sessionLength: 6d\n');
    clone.commit('engine and chat, and not the gateway between them');
    const before = await containers();
    const ran = await deployAffected('--parallel=4');
    expect(ran).toMatchObject({ picked: ['ollama', 'open-webui'], text: worked(ran) });
    const replaced = ['ai-ollama/ollama', 'ai-open-webui/open-webui'];
    expect(changed(before, await containers())).toEqual(replaced);
    const started = (host: string, name: string) =>
      onHost(host, 'docker', 'inspect', '-f', '{{.State.StartedAt}}', `ai-${name}-${name}-1`);
    const engine = await started('management', 'ollama');
    const chat = await started('trusted', 'open-webui');
    expect([engine, chat].sort()).toEqual([engine, chat]);
  });

  it('stays where it was for what failed, after another commit, and ends at HEAD once it is mended', async () => {
    const good = clone.git('rev-parse', 'HEAD');
    clone.append('apps/vllm/environments/lab.yaml', 'extraArguments: [--no-such-flag]\n');
    clone.append('apps/qdrant/environments/lab.yaml', 'logLevel: WARN\n');
    clone.commit('a flag that vLLM does not know; another log level');
    const failed = await deployAffected();
    expect(failed.picked).toEqual(['qdrant', 'vllm']);
    expect(failed.code).not.toBe(0);
    expect(failed.text).toMatch(/no-such-flag/);
    clone.append('README.md', '\n');
    clone.commit('docs');
    expect(await base()).toBe(good);
    clone.git('checkout', '--quiet', good, '--', 'apps/vllm');
    const mended = clone.commit('the flag goes');
    const again = await deployAffected();
    // What failed came back by itself, and the commit was taken back: of vLLM nothing is left to do.
    expect(again.picked).toEqual([]);
    expect(again.code).toBe(0);
    expect(await base()).toBe(mended);
  });

  it('does not move because somebody changed a host by hand, which the plan says', async () => {
    const before = await base();
    await onHost('management', 'docker', 'stop', 'ai-qdrant-qdrant-1');
    expect(await base()).toBe(before);
    const plan = await stack(clone.root, 'plan', '--expect-no-changes');
    expect(plan.code).toBe(3);
    expect(plan.out).toMatch(/qdrant/);
    expect(await stack(clone.root, 'deploy')).toMatchObject({ code: 0 });
    expect(await stack(clone.root, 'plan', '--expect-no-changes')).toMatchObject({ code: 0 });
  });

  it('says everything, and fails, when a host cannot be asked', async () => {
    clone.edit(
      'libs/inventory/environments/lab/hosts/management.yaml',
      'user: root',
      'user: nobody',
    );
    const ran = await stack(clone.root, 'base');
    clone.restore();
    expect(ran.code).not.toBe(0);
    expect(ran.out).toBe(emptyTree);
    expect(ran.err).toMatch(/management/);
  });
});
