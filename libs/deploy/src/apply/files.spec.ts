import { expect, it } from '@jest/globals';
import type { ApplyDeps } from './context';
import { swapFiles } from './files';
import { prepareRelease } from '../plan/plan-release';
import {
  emptyFacts,
  factsAfter,
  sampleContext,
  sampleRelease,
  sampleSecrets,
} from '../../fixtures/sample-release';

it('swapFiles moves an override that is not ours away, and removes only what is ours', async () => {
  const release = sampleRelease();
  const settled = factsAfter(prepareRelease(release, emptyFacts(), sampleSecrets, sampleContext()));
  const override = '/opt/stacks/ai/one/compose.override.yaml';
  const config = '/srv/docker/one/config/config.yaml';
  const next = sampleRelease({ files: release.files.filter(({ path }) => path !== config) });
  const facts = { ...settled, strayFiles: [override] };
  const planned = prepareRelease(next, facts, sampleSecrets, sampleContext());
  const scripts: (readonly string[])[] = [];
  const script = (_text: string, args: readonly string[]) => {
    scripts.push(args);
    return Promise.resolve();
  };
  const deps = { connection: { script }, onProgress: () => undefined } as unknown as ApplyDeps;
  await swapFiles(planned, [], deps);
  const away = '/opt/stacks/ai/one/.stack/compose.override.yaml.away';
  expect(scripts).toEqual([[override, away, '--', config]]);
});
