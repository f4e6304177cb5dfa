import { expect, it } from '@jest/globals';
import { StackError } from '@ai-stack/core';
import type { Outcome, ProgressEvent } from '@ai-stack/deploy';
import { formatBytes, openProgress } from './open-progress';

const on = { host: 'trusted', service: 'dns' };
const step = (text: string): ProgressEvent => ({ ...on, kind: 'step', step: 'up', text });
const bytes = (done: number): ProgressEvent => ({
  ...on,
  service: 'ollama',
  kind: 'bytes',
  target: 'qwen',
  status: 'pulling',
  done,
  total: 9e9,
});
const ended = (more: Partial<Outcome>): ProgressEvent => ({
  ...on,
  kind: 'outcome',
  outcome: { ...on, release: '1', state: 'changed', seconds: 1.25, ...more },
});

function open(interactive: boolean, columns?: number) {
  const written: string[] = [];
  let at = 0;
  const write = (text: string): void => void written.push(text);
  const progress = openProgress({ write, now: () => at, interactive, colour: false, columns });
  return { written, progress, pass: (ms: number) => (at += ms) };
}

it('without a terminal: one line in five seconds for each service, and none of what was overtaken', () => {
  const { written, progress, pass } = open(false);
  progress.show(step('first'));
  progress.show(bytes(4.5e9));
  progress.show(step('second'));
  progress.show(step('third'));
  pass(4999);
  progress.tick();
  expect(written).toHaveLength(2);
  pass(1);
  progress.tick();
  progress.tick();
  progress.show(ended({}));
  progress.show(ended({ service: 'ollama', state: 'failed', error: new StackError('a\nb') }));
  progress.close();
  expect(written.join('')).toBe(
    [
      'dns on trusted: first',
      'ollama on trusted: qwen pulling [#####.....] 50 % of 9.0 GB',
      'dns on trusted: third',
      'changed   dns on trusted (1.3 s)',
      'failed    dns on trusted (1.3 s): a',
      '',
    ].join('\n'),
  );
});

it('on a terminal: one line written again, outcomes above it, nothing left behind', () => {
  const { written, progress } = open(true, 30);
  progress.show(step('first'));
  progress.show(step('first'));
  progress.show(bytes(0));
  progress.show(ended({}));
  progress.close();
  const clear = '\r\u001b[K';
  expect(written).toEqual([
    `${clear}dns on trusted: first`,
    `${clear}dns on trusted: first · olla…`,
    `${clear}changed   dns on trusted (1.3 s)\n`,
    `${clear}ollama on trusted: qwen pull…`,
    clear,
  ]);
});

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1500, '1.5 kB'],
  [9e9, '9.0 GB'],
  [2e15, '2000.0 TB'],
])('formatBytes %s', (count, text) => expect(formatBytes(count)).toBe(text));
