import { describe, expect, it } from '@jest/globals';
import type { Plan } from '@ai-stack/core';
import type { ProgressEvent } from '@ai-stack/deploy';
import { withInterrupt, WorkDone } from './interrupt';

type Step = Extract<ProgressEvent, { kind: 'step' }>['step'];
const again = 'npx nx run stack:deploy:lab';
const step = (service: string, name: Step, text: string): ProgressEvent => ({
  ...{ host: 'trusted', service, kind: 'step', step: name, text },
});
const ended = (service: string): ProgressEvent => ({
  ...{ host: 'trusted', service, kind: 'outcome' },
  outcome: { host: 'trusted', service, release: '1', state: 'changed', seconds: 1 },
});

function planned(...services: string[]): Plan[] {
  return services.map((service) => ({
    ...{ version: 1, environment: 'lab', host: 'trusted', service, release: '1' },
    actions: [{ kind: 'release', verb: 'update', target: '1', reason: 'x' }],
    ...{ blocked: [], isDrift: false },
  }));
}

describe('WorkDone', () => {
  it('says what was changed, what is half done, and what was not begun', () => {
    const done = new WorkDone();
    done.plan(planned('dns', 'litellm', 'open-webui'));
    done.add(step('open-webui', 'pull-image', 'pulling x'));
    done.add(step('dns', 'journal', 'preparing its folders'));
    done.add(ended('dns'));
    done.add(step('litellm', 'journal', 'preparing its folders'));
    done.add(step('litellm', 'up', 'starting: replace litellm'));
    expect(done.describe(again).split('\n')).toEqual([
      'interrupted',
      '  changed: dns on trusted',
      '  begun and not ended: litellm on trusted (starting: replace litellm)',
      '  not begun: open-webui on trusted',
      '  the hosts give the locks free within 30 s, once what Compose does there has ended',
      `  go on: ${again} (it finds the journal of what was begun, and finishes it)`,
    ]);
  });

  it('says that nothing was changed', () => {
    const done = new WorkDone();
    done.add(step('lock', 'lock', 'waiting for ann'));
    expect(done.describe(again)).toBe('interrupted\n  nothing was changed');
  });
});

it('withInterrupt listens only while it works', async () => {
  const count = () => process.listenerCount('SIGINT');
  const before = count();
  const during = await withInterrupt({ err: () => undefined }, again, () =>
    Promise.resolve(count()),
  );
  expect([during, count()]).toEqual([before + 1, before]);
});
