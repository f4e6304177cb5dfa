import { hostname, userInfo } from 'node:os';
import { execa } from 'execa';

/** Who deploys, as `user@machine`. */
export function readWho(): string {
  return `${userInfo().username}@${hostname()}`;
}

/** The commit of the workspace; null when it is unknown or differs from what is on disk. */
export async function readCommit(root: string): Promise<string | null> {
  const git = (...args: string[]) =>
    execa('git', ['-C', root, ...args], { reject: false, stdin: 'ignore' });
  const [head, status] = await Promise.all([
    git('rev-parse', '--verify', 'HEAD'),
    git('status', '--porcelain'),
  ]);
  if (head.exitCode !== 0 || status.exitCode !== 0 || status.stdout !== '') return null;
  return head.stdout;
}
