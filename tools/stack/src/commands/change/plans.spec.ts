import { describe, expect, it } from '@jest/globals';
import type { Plan } from '@ai-stack/core';
import { formatPlans } from './plans';

const quiet: Plan = {
  ...{ version: 1, environment: 'lab', host: 'trusted', service: 'dns', release: '0123456789ab' },
  actions: [{ kind: 'network', verb: 'keep', target: 'ai-stack', reason: 'it is there' }],
  ...{ blocked: [], isDrift: false },
};
const reason = 'management is unreachable: it does not answer';
const unknown: Plan = {
  ...{ ...quiet, host: 'management', service: 'qdrant', actions: [] },
  blocked: [{ guard: null, reason, fix: 'switch it on' }],
  unreachable: { lastSeen: null, reason: 'it does not answer' },
};

describe('formatPlans', () => {
  it('is one line when nothing would change', () => {
    expect(formatPlans([quiet], {}, { colour: false })).toMatch(/^nothing to do/);
  });

  it('does not call a service as rendered whose host did not answer', () => {
    const text = formatPlans([quiet, unknown], {}, { colour: false });
    expect(text).not.toMatch(/as rendered/);
    expect(text).toMatch(/management/);
    expect(formatPlans([unknown], {}, { colour: false })).not.toMatch(/nothing to do/);
  });
});
