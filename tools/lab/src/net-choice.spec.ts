import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { execa } from 'execa';

/** Calls one function of the script that `hosts.sh` uses. */
async function call(name: string, args: string[], input = '') {
  const script = join(process.cwd(), 'tools/lab/sh/net-choice.sh');
  const { stdout, exitCode } = await execa('bash', ['-c', '. "$0"; "$@"', script, name, ...args], {
    input,
    reject: false,
  });
  return { lines: stdout.split('\n').filter((line) => line !== ''), exitCode };
}

const all = Array.from({ length: 23 }, (_, i) => `172.30.${i + 77}`);

describe('pick_net', () => {
  it.each([
    ['the first one when none is taken', '', '', '172.30.77'],
    ['the next free one', '', '172.30.77 172.30.78', '172.30.79'],
    ['the preferred one', '172.30.85', '172.30.77', '172.30.85'],
    ['another when the preferred one is taken', '172.30.85', '172.30.85', '172.30.77'],
    ['the second preference', '172.30.85 172.30.90', '172.30.85', '172.30.90'],
    ['none outside the range', '10.2.1', '', '172.30.77'],
    ['nothing by a part of a name', '172.30.7', '', '172.30.77'],
  ])('takes %s', async (_what, preferred, taken, expected) => {
    expect((await call('pick_net', [preferred, taken])).lines).toEqual([expected]);
  });
  it('fails when all are taken', async () => {
    expect(await call('pick_net', ['', all.join('\n')])).toEqual({ lines: [], exitCode: 1 });
  });
});

describe('routed_nets', () => {
  it.each([
    ['the default route', 'default via 192.0.2.1 dev eth0', []],
    ["the lab's own cable", '172.30.77.0/24 dev labx-c proto kernel src 172.30.77.1', []],
    ['a VPN over half the world', '172.16.0.0/12 dev tun0', []],
    ['another lab', '172.30.78.0/24 dev laby-c proto kernel scope link', ['172.30.78']],
    ['a single address', '172.30.99.4 dev tun0', ['172.30.99']],
    ['a part of two', '172.30.80.0/23 via 192.0.2.9 dev eth0', ['172.30.80', '172.30.81']],
    ['a neighbour outside the range', '172.30.100.0/22 dev eth1', []],
    ["a Docker network of the machine's own", '172.30.0.0/16 dev br-1 linkdown', all],
  ])('reads %s', async (_what, route, expected) => {
    expect((await call('routed_nets', ['labx-c'], `${route}\n`)).lines).toEqual(expected);
  });
});

describe('the line in .env.local', () => {
  async function edit(before: string | undefined, ...command: string[]) {
    const directory = await mkdtemp(join(tmpdir(), 'lab-'));
    const file = join(directory, '.env.local');
    if (before !== undefined) await writeFile(file, before);
    const [name = '', ...rest] = command;
    expect((await call(name, [file, ...rest])).exitCode).toBe(0);
    const after = await readFile(file, 'utf8').catch(() => undefined);
    await rm(directory, { recursive: true });
    return after;
  }
  const set = ['set_env_line', 'LAB_NET', '172.30.78'];
  const remove = ['remove_env_line', 'LAB_NET'];
  it.each([
    ['makes the file', undefined, set, 'LAB_NET=172.30.78\n'],
    ['adds the line', 'A=1\n# b\n', set, 'A=1\n# b\nLAB_NET=172.30.78\n'],
    ['replaces the line', 'LAB_NET=x\nA=1\n', set, 'A=1\nLAB_NET=172.30.78\n'],
    ['completes a last line without end', 'A=1', set, 'A=1\nLAB_NET=172.30.78\n'],
    ['leaves longer names alone', 'LAB_NETWORK=1\n', set, 'LAB_NETWORK=1\nLAB_NET=172.30.78\n'],
    ['removes the line alone', 'A=1\nLAB_NET=x\nB=$2\n', remove, 'A=1\nB=$2\n'],
    ['removes a file that held nothing else', 'LAB_NET=x\n', remove, undefined],
    ['has nothing to remove', undefined, remove, undefined],
  ])('%s', async (_what, before, command, after) => {
    expect(await edit(before, ...command)).toBe(after);
  });
});
