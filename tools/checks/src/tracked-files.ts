import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** The files of the workspace that git tracks or would track, from its root. */
export function trackedFiles(): string[] {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const listed = execFileSync('git', args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  return listed.split('\0').filter((file) => file !== '' && existsSync(file));
}
