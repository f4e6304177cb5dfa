import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';

const cache = mkdtempSync(join(tmpdir(), 'programs-'));
afterAll(() => rmSync(cache, { recursive: true }));

/** What build.sh says of a cache with these programs. */
function build(command: string, programs: object) {
  writeFileSync(join(cache, 'programs.json'), JSON.stringify(programs));
  const env = { ...process.env, AI_STACK_LAB_CACHE: cache };
  return spawnSync('tools/lab/images/build.sh', [command], { encoding: 'utf8', env });
}

describe('build.sh', () => {
  it('lists the programs that are not there, each with the reason in one line', () => {
    const { status, stdout } = build('absent', {
      coredns: { kind: 'real' },
      litellm: { kind: 'offline', reason: 'connection broken\n  by  a test' },
      vllm: { kind: 'missing', reason: 'exit 1' },
    });
    expect([status, stdout]).toEqual([0, 'litellm\tconnection broken by a test\nvllm\texit 1\n']);
  });

  it('lists none when all are there', () => {
    expect(build('absent', { coredns: { kind: 'real' } })).toMatchObject({ status: 0, stdout: '' });
  });

  it('check is content when all are there', () => {
    const { status, stdout } = build('check', { coredns: { kind: 'real' } });
    expect([status, stdout]).toEqual([0, '[images] all programs are there\n']);
  });

  it('check refuses a program whose build failed, and one that it does not know the state of', () => {
    const { status, stdout, stderr } = build('check', { vllm: { kind: 'missing', reason: 'x' } });
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain(
      'vllm is missing, and nothing shows that its registry cannot be reached',
    );
  });
});
