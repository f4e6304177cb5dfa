import { expect, it } from '@jest/globals';
import { StackError } from '@ai-stack/core';
import type { Outcome, ProgressEvent } from '@ai-stack/deploy';
import { formatBytes } from './format-bytes';
import { openProgress } from './open-progress';

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

function open(interactive: boolean, columns = 100, rows = 24) {
  const written: string[] = [];
  let at = 0;
  const write = (text: string): void => void written.push(text);
  const size = () => ({ columns, rows });
  const progress = openProgress({ write, now: () => at, interactive, colour: false, size });
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

it('without a terminal: the same words again are not repeated', () => {
  const { written, progress, pass } = open(false);
  for (let at = 0; at < 4; at += 1) {
    progress.show(step('unpacking, 1 of 3 layers'));
    pass(5000);
  }
  progress.show(step('unpacking, 2 of 3 layers'));
  expect(written.join('')).toBe(
    'dns on trusted: unpacking, 1 of 3 layers\ndns on trusted: unpacking, 2 of 3 layers\n',
  );
});

/** What a person sees in the end: a terminal that knows the three codes that are written. */
function screenOf(written: readonly string[]): string[] {
  const lines = [''];
  const codes = /\r|\n|\u001b\[(\d*)([AJ])|[^\r\n\u001b]+/g;
  for (const [code, count, letter] of written.join('').matchAll(codes)) {
    if (code === '\n') lines.push('');
    else if (letter === 'A') lines.splice(lines.length - 1 - Number(count), Infinity, '');
    else if (letter === undefined && code !== '\r') lines.push((lines.pop() ?? '') + code);
  }
  return lines;
}

const stepOf = (service: string, text: string): ProgressEvent => ({
  ...on,
  service,
  kind: 'step',
  step: 'up',
  text,
});

it('on a terminal: a line for each, written again, outcomes above them, nothing left at the end', () => {
  const { written, progress } = open(true, 30);
  progress.show(step('first'));
  progress.show(step('first'));
  progress.show(bytes(0));
  expect(screenOf(written)).toEqual(['dns on trusted: first', 'ollama on trusted: qwen pull…', '']);
  expect(written).toHaveLength(2);
  progress.show(step('second'));
  expect(screenOf(written)[0]).toBe('dns on trusted: second');
  progress.show(ended({}));
  expect(screenOf(written)).toEqual([
    'changed   dns on trusted (1.3 s)',
    'ollama on trusted: qwen pull…',
    '',
  ]);
  progress.close();
  expect(screenOf(written)).toEqual(['changed   dns on trusted (1.3 s)', '']);
});

it('on a terminal: six services at once are six lines, and no more than it has rows', () => {
  const services = ['dns', 'litellm', 'ollama', 'open-webui', 'qdrant', 'vllm'];
  const six = open(true);
  for (const service of services) six.progress.show(stepOf(service, 'starts'));
  expect(screenOf(six.written)).toEqual([
    ...services.map((name) => `${name} on trusted: starts`),
    '',
  ]);
  const low = open(true, 100, 5);
  for (const service of services) low.progress.show(stepOf(service, 'starts'));
  expect(screenOf(low.written)).toEqual([
    'dns on trusted: starts',
    'litellm on trusted: starts',
    'and 4 more',
    '',
  ]);
});

it('on a terminal: wide characters count two columns', () => {
  const { written, progress } = open(true, 24);
  progress.show(step('日本語日本語'));
  expect(screenOf(written)[0]).toBe('dns on trusted: 日本語…');
});

it('on a terminal that became narrower: all rows of a broken line are cleared', () => {
  const written: string[] = [];
  let columns = 40;
  const progress = openProgress({
    write: (text) => void written.push(text),
    now: () => 0,
    interactive: true,
    colour: false,
    size: () => ({ columns, rows: 24 }),
  });
  progress.show(step('a text of some length'));
  columns = 20;
  progress.close();
  expect(written.at(-1)).toBe('\r\u001b[2A\u001b[J');
});

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1500, '1.5 kB'],
  [9e9, '9.0 GB'],
  [2e15, '2000.0 TB'],
])('formatBytes %s', (count, text) => expect(formatBytes(count)).toBe(text));
