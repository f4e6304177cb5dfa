import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ThrowAway } from '@ai-stack/testing/throw-away';
import { emptyTree } from '../../../stack/src/base/read-history';
import { changed, containers, nx, onHost, stack } from '../lab';

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

const options = 'apps/ollama/environments/lab.yaml';

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
  const ran = await nx(clone.root, 'affected', '-t', 'deploy', `--base=${since}`, ...flags);
  const text = `${ran.out}${ran.err}`;
  const named = text.matchAll(/nx run (\S+?):deploy\b/g);
  const picked = [...new Set([...named].map(([, name = '']) => name))].sort();
  return { picked: picked.filter((name) => name !== 'stack'), code: ran.code, text };
}

describe('nx affected from the base that the hosts say', () => {
  it('is everything until the hosts are at a commit of this history', async () => {
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

  it('picks one service alone in each commit to it, and replaces nothing else', async () => {
    for (const minutes of [6, 7]) {
      clone.append(options, `keepAlive: ${minutes}m\n`, /keepAlive.*\n/);
      const head = clone.commit(`keep models for ${minutes} minutes`);
      const before = await containers();
      const ran = await deployAffected();
      expect({ ...ran, text: '' }).toEqual({ picked: ['ollama'], code: 0, text: '' });
      expect(changed(before, await containers())).toEqual(['ai-ollama/ollama']);
      expect(await base()).toBe(head);
    }
  });

  it('stays where it was for what failed, after another commit, and ends at HEAD once it is fixed', async () => {
    const good = clone.git('rev-parse', 'HEAD');
    const command = "command: ['./qdrant']";
    clone.edit('apps/qdrant/service.ts', command, "command: ['sh', '-c', 'echo broken; exit 3']");
    clone.append(options, 'parallelRequests: 2\n');
    clone.commit('a program that ends at once; more requests in parallel');
    const failed = await deployAffected();
    expect(failed.picked).toEqual(['ollama', 'qdrant']);
    expect(failed.code).not.toBe(0);
    expect(failed.text).toMatch(/broken/);
    clone.append('README.md', '\n');
    clone.commit('docs');
    expect(await base()).toBe(good);
    clone.git('checkout', '--quiet', good, '--', 'apps/qdrant');
    const fixed = clone.commit('the command is as before');
    const again = await deployAffected();
    // What failed was rolled back by itself, and the commit was reverted: for Qdrant nothing is left to do.
    expect(again.picked).toEqual([]);
    expect(again.code).toBe(0);
    expect(await base()).toBe(fixed);
  });

  it('does not move because a host was changed by hand, which the plan says', async () => {
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
