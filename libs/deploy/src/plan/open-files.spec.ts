import { expect, it } from '@jest/globals';
import type { Release } from '@ai-stack/core';
import {
  emptyFacts,
  factsAfter,
  sampleContext,
  samplePlan,
  sampleRelease,
  sampleSecrets,
} from '../../fixtures/sample-release';
import type { HostFacts } from '../facts/host-facts';
import { compareStatus } from '../status';
import { planRelease } from './plan-release';
import { renderYaml } from '@ai-stack/render';
import { boundOpenFiles } from './open-files';

const compose = (nofile: number) =>
  renderYaml({ services: { main: { environment: { KEY: '${KEY}' }, ulimits: { nofile } } } });

function release(): Release {
  const sample = sampleRelease();
  const [file, ...others] = sample.files;
  const settings = sample.settings!['main']!;
  return {
    ...sample,
    files: [{ ...file!, content: compose(65_536) }, ...others],
    settings: { main: { ...settings, openFiles: 65_536 } },
  };
}

/** What the host says after a deploy, its container with so many open files. */
function deployed(limit: number | undefined, openFiles: number): HostFacts {
  const facts = { ...emptyFacts(), ...(limit !== undefined && { openFilesLimit: limit }) };
  const after = factsAfter(planRelease(release(), facts, sampleSecrets, sampleContext()));
  const [container] = after.engine.containers;
  container!.settings = {
    ...{ aliases: { 'ai-stack': ['one'] }, memoryBytes: 0, cpus: 0, otherLimits: [] },
    ...{ restart: 'unless-stopped', openFiles },
  };
  return after;
}
const actionsOf = (facts: HostFacts) =>
  samplePlan(release(), facts, sampleSecrets, sampleContext()).actions.filter(
    ({ verb }) => verb !== 'keep',
  );

it.each([
  ['as rendered', undefined, 65_536],
  ['as rendered where the host allows as many', 65_536, 65_536],
  ['as many as the host allows', 20_000, 20_000],
])('writes %s', (_, limit, expected) => {
  expect(boundOpenFiles(compose(65_536), limit)).toBe(compose(expected));
});

it.each([
  [undefined, 65_536],
  [20_000, 20_000],
])('leaves nothing to do after a deploy where the host allows %s', (limit, openFiles) => {
  const facts = deployed(limit, openFiles);
  expect(actionsOf(facts)).toEqual([]);
  expect(compareStatus(facts, 'lab', ['one'], [release()])).toMatchObject([{ drift: [] }]);
});

it('replaces a container when its host allows more than before', () => {
  const facts = deployed(20_000, 20_000);
  delete facts.openFilesLimit;
  expect(actionsOf(facts)).toMatchObject([
    { kind: 'file', verb: 'update', target: '/opt/stacks/ai/one/compose.yaml' },
    { verb: 'replace', reason: 'by hand: its limit of open files is 20000, not 65536' },
    { kind: 'release' },
  ]);
});

it('warns with the number and where to set it', () => {
  const facts = { ...emptyFacts(), openFilesLimit: 20_000 };
  const { warnings } = samplePlan(release(), facts, sampleSecrets, sampleContext());
  expect(warnings).toMatchObject([
    {
      reason: expect.stringMatching(/^one gets 20000 open files on trusted, not 65536: /),
      fix: expect.stringMatching(
        /LimitNOFILE.* ulimits: \{ nofile: 20000 \} into apps\/one\/environments\/lab\.yaml$/,
      ),
    },
  ]);
  const enough = { ...facts, openFilesLimit: 65_536 };
  expect(samplePlan(release(), enough, sampleSecrets, sampleContext())).not.toHaveProperty(
    'warnings',
  );
});
