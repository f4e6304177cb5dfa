import { expect, it } from '@jest/globals';
import { formatTables, type Row } from './format-tables';

const row = (name: string, seconds: number): Row => ({
  ...{ name, seconds, slowest: seconds, cpuSeconds: 0.5, memoryMiB: 80 },
  ...{ connections: 2, bytes: 12_345 },
});
const loop = 'ssh loop, shared master, up -d --wait';

it('gives ratios to the loop, and round trips from how time grows with the delay', () => {
  const text = formatTables('2 cores', [
    { name: 'no-op', delayMs: 0, rows: [row('ours', 0.5), row(loop, 1)] },
    { name: 'no-op', delayMs: 100, rows: [row('ours', 1), row(loop, 2)] },
  ]);
  expect(text).toContain('| ours | 0.50 | 0.50 | 0.50 | 0.50 | 80 | 2 | 12 |');
  expect(text).toContain('| ours | 5.0 |');
  expect(text).toContain(`| ${loop} | 10.0 |`);
});
