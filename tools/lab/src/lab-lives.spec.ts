import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';

const directory = mkdtempSync(join(tmpdir(), 'lab-lives-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Asks the script that `hosts.sh` uses about a ledger of ours; `pids` stands for what runs in the lab's networks. */
async function lives(checkout: string, viewpoint: string | undefined, pids: string) {
  const entry = join(directory, 'lab000000');
  rmSync(entry, { recursive: true, force: true });
  mkdirSync(entry);
  writeFileSync(join(entry, 'checkout'), `${checkout}\n`);
  const script =
    `. tools/lab/sh/network.sh; ledger=$1; lab_pids() { echo ${pids}; }; ` +
    `case $2 in here) viewpoint ;; ?*) echo "$2" ;; esac >"$ledger/lab000000/viewpoint"; lab_lives lab000000`;
  const args = ['-c', script, 'bash', directory, viewpoint ?? ''];
  return (await execa('bash', args, { reject: false })).exitCode === 0;
}

describe('lab_lives', () => {
  const standing = join(directory, 'checkout');
  mkdirSync(join(standing, '.lab'), { recursive: true });
  it.each([
    ['its checkout exists and its programs run', standing, 'here', '1', true],
    ['its checkout is of another root, and its programs run', '/nowhere', 'mnt:[1] 1:2', '1', true],
    ['no one knows where it was started, and its programs run', '/nowhere', '', '1', true],
    ['its checkout was removed', '/nowhere', 'here', '1', false],
    ['nothing of it runs', standing, 'here', '', false],
    ['nothing of it runs, in another root', '/nowhere', 'mnt:[1] 1:2', '', false],
  ])('%s', async (_what, checkout, viewpoint, pids, expected) => {
    expect(await lives(checkout, viewpoint, pids)).toBe(expected);
  });
});
