import { describe, expect, it } from '@jest/globals';
import { StackError } from '@ai-stack/core';
import type { ApplyDeps } from './context';
import { applyPlan } from './apply-plan';
import { planRelease } from '../plan/plan-release';
import {
  emptyFacts,
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
      fix: 'deploy again: it goes on where this one stopped',
      cause: undefined,
    });
  });
});
