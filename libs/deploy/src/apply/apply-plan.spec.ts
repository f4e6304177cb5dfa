import { describe, expect, it } from '@jest/globals';
import { StackError } from '@ai-stack/core';
import type { ApplyDeps, ApplyHooks } from './context';
import { applyPlan } from './apply-plan';
import type { HostFacts } from '../facts/host-facts';
import type { ProgressEvent } from '../progress';
import { planRelease } from '../plan/plan-release';
import {
  emptyFacts,
  factsAfter,
  sampleContainer,
  sampleContext,
  sampleRelease,
  sampleSecrets,
} from '../../fixtures/sample-release';

describe('applyPlan', () => {
  const planned = planRelease(sampleRelease(), emptyFacts(), sampleSecrets, sampleContext());

  it('masks its errors, names service and host, and always says what to do', async () => {
    const deps = {
      connection: {
        script: () => Promise.reject(new StackError('it said s3cr3t', { where: { key: 'k' } })),
      },
      dataRoot: '/d',
      author: { commit: null, who: 'me', when: 'now' },
      fence: undefined,
      mask: (text: string) => text.replaceAll('s3cr3t', '[secret]'),
      onProgress: () => undefined,
    } as unknown as ApplyDeps;
    const error: unknown = await applyPlan(planned, deps).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      what: 'it said [secret]',
      where: { service: 'one', host: 'trusted' },
      fix: 'deploy again: it continues where this one stopped',
      cause: undefined,
    });
  });

  /** An engine and a connection on which everything works; the steps that were reported. */
  async function stepsOf(
    facts: HostFacts,
    isPulled = false,
    onScript: (script: string, args: readonly string[]) => unknown = () => undefined,
  ): Promise<string[]> {
    const release = sampleRelease();
    const wanted = planRelease(release, facts, sampleSecrets, sampleContext());
    const steps: string[] = [];
    const run = () => Promise.resolve({ stdout: '', stderr: '', exitCode: 0 });
    const script = (text: string, args: readonly string[] = []) => {
      onScript(text, args);
      return run();
    };
    const done = () => Promise.resolve();
    const hooks: ApplyHooks = {
      afterStart: async ({ models, report }) => models.forEach((model) => report(model)),
    };
    const deps = {
      connection: { script, run, upload: done },
      engine: {
        inspectProject: () => Promise.resolve([sampleContainer(release)]),
        collectFacts: () => Promise.resolve(factsAfter(wanted).engine),
        watch: done,
        ...{ pullImage: done, tagImage: done, removeImageTag: done },
      },
      ...{ dataRoot: '/srv/docker', author: { commit: null, who: 'me', when: 'now' } },
      ...{ fence: undefined, ensureNetwork: done, verifyReload: done, hooks },
      mask: (text: string) => text,
      onProgress: (event: ProgressEvent) => event.kind === 'step' && steps.push(event.step),
      ...(isPulled && { pulled: Promise.resolve() }),
    } as unknown as ApplyDeps;
    await applyPlan(wanted, deps);
    return steps;
  }

  it('reports each step that is needed, in order', async () => {
    const all = ['journal', 'network', 'upload', 'check', 'pull-image', 'swap', 'up'];
    const rest = ['wait-healthy', 'verify-reload', 'after-start', 'read-back', 'record'];
    expect(await stepsOf(emptyFacts())).toEqual([...all, ...rest]);
    const pulled = all.filter((step) => step !== 'pull-image');
    expect(await stepsOf(emptyFacts(), true)).toEqual([...pulled, ...rest]);
  });

  it('removes what an interrupted update left before it asks Compose', async () => {
    const facts = factsAfter(planned);
    const name = '4df348afb3f1_ai-one-main-1';
    facts.engine.containers.push(
      sampleContainer(sampleRelease(), { id: 'left', name, state: 'created', health: 'none' }),
    );
    const scripts: string[] = [];
    await stepsOf(facts, false, (script, args) => scripts.push(`${script} ${args.join(' ')}`));
    const at = (text: RegExp) => scripts.findIndex((script) => text.test(script));
    expect(at(/ rm --force .* left$/)).toBeGreaterThan(-1);
    expect(at(/ rm --force .* left$/)).toBeLessThan(at(/compose .* up /));
  });

  it('leaves out what is not needed: a file that is read again asks nothing of Compose', async () => {
    const facts = factsAfter(planned);
    const zone = facts.paths['/srv/docker/one/config/zone'];
    if (zone?.kind !== 'file') throw new Error('the sample has no zone');
    zone.sha256 = 'edited';
    expect(await stepsOf(facts)).toEqual([
      ...['journal', 'upload', 'check', 'swap', 'verify-reload', 'read-back', 'record'],
    ]);
  });
});
