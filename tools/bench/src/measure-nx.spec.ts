import { expect, it } from '@jest/globals';
import { formatNx } from './measure-nx';

it('says how much of the time is Nx, and how often the floor goes into it', () => {
  const row = (name: string, seconds: number) => ({
    ...{ name, seconds, slowest: seconds, cpuSeconds: 1 },
    ...{ memoryMiB: 1, connections: 0, bytes: 0 },
  });
  const text = formatNx([
    row('nx run bench:floor (nothing)', 0.5),
    row('stack deploy (the command)', 0.4),
    row('nx run stack:deploy', 1.15),
    row('nx affected -t deploy, none affected', 0.6),
  ]);
  expect(text).toContain('| nx run bench:floor (nothing) | 0.50 | 0.50 | 1.00 | 500 | 1.00 |');
  expect(text).toContain('| stack deploy (the command) | 0.40 | 0.40 | 1.00 |  |  |');
  expect(text).toContain('| nx run stack:deploy | 1.15 | 1.15 | 1.00 | 750 | 1.50 |');
  expect(text).toContain(
    '| nx affected -t deploy, none affected | 0.60 | 0.60 | 1.00 | 600 | 1.20 |',
  );
});
