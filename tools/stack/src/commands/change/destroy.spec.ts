import { describe, expect, it } from '@jest/globals';
import { planDestroy } from '@ai-stack/deploy';
import {
  emptyFacts,
  factsAfter,
  sampleContext,
  sampleRelease,
  sampleSecrets,
} from '../../../../../libs/deploy/fixtures/sample-release';
import { planRelease } from '../../../../../libs/deploy/src/plan/plan-release';
import { readStack } from '../../context/stack';
import { neededBy, refuseIdleConfirm } from './destroy-words';
import { formatDestroy } from './destroy-text';

const release = sampleRelease();
const facts = factsAfter(planRelease(release, emptyFacts(), sampleSecrets, sampleContext()));
const open = { host: { name: 'trusted', dataRoot: '/srv/docker' } } as Parameters<
  typeof planDestroy
>[0];

describe('a destroy that is only tried', () => {
  it('names what would go, and says that data stays', () => {
    const options = { environment: 'lab', service: 'one', data: false };
    expect(formatDestroy(planDestroy(open, facts, options)).split('\n')).toEqual([
      'one on trusted would go:',
      '  containers: ai-one-main-1',
      expect.stringMatching(/^  files: .*compose\.yaml, .*config\.yaml/),
      '  data: stays',
    ]);
    expect(planDestroy(open, facts, { ...options, data: true }).data).toEqual(['/srv/docker/one']);
  });

  it('refuses what is of another environment', () => {
    const options = { environment: 'prod', service: 'one', data: false };
    expect(() => planDestroy(open, facts, options)).toThrow(/belongs to the environment lab/);
  });
});

it.each([
  [{ confirm: 'dns' }, true],
  [{ confirm: 'dns', data: true }, false],
  [{ data: true }, false],
  [{}, false],
])('a name without data to confirm is refused: %j %s', (flags, isRefused) => {
  const refuse = () => refuseIdleConfirm(flags);
  if (isRefused) expect(refuse).toThrow(/--confirm is for --data/);
  else expect(refuse).not.toThrow();
});

it('neededBy names the services that stay behind', async () => {
  const stack = await readStack(process.cwd(), 'lab', {});
  expect(neededBy(stack, ['qdrant'])).toEqual(['qdrant is needed by open-webui']);
  expect(neededBy(stack, ['qdrant', 'open-webui'])).toEqual([]);
});
