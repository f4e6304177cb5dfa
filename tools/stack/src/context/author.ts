import { hostname, userInfo } from 'node:os';
import { execa } from 'execa';

/** Who deploys, as `user@machine`. */
export function readWho(): string {
  return `${userInfo().username}@${hostname()}`;
}

/** The commit of the workspace; null when it is unknown or differs from what is on disk. */
export async function readCommit(root: string): Promise<string | null> {
  // One process for both. A line that begins with # is about the commit, each other one about a change.
  const args = ['-C', root, 'status', '--porcelain=v2', '--branch', '--no-ahead-behind'];
  const { exitCode, stdout } = await execa('git', args, { reject: false, stdin: 'ignore' });
  if (exitCode !== 0 || /^[^#]/m.test(stdout)) return null;
  return /^# branch\.oid ([0-9a-f]+)$/m.exec(stdout)?.[1] ?? null;
}

/** What decides how a given release is deployed; what is deployed is decided by apps and inventory. */
const code = ['core', 'inventory/src', 'render', 'secrets', 'ssh', 'docker', 'deploy'];
const codePaths = [
  ...code.map((path) => `libs/${path}`),
  ...['tools/stack', 'tools/nx-plugin', 'package-lock.json', 'nx.json', 'tsconfig.base.json'],
  ':!*.spec.ts',
];

/** Whether the code that deploys is the same at a commit as in the work tree; false for one that git does not know. */
export function isSameCode(root: string): (commit: string) => Promise<boolean> {
  const answers = new Map<string, Promise<boolean>>();
  const compare = async (commit: string) => {
    const args = ['-C', root, 'diff', '--quiet', '--end-of-options', commit, '--', ...codePaths];
    return (await execa('git', args, { reject: false, stdin: 'ignore' })).exitCode === 0;
  };
  return (commit) => {
    const answer = answers.get(commit) ?? compare(commit);
    answers.set(commit, answer);
    return answer;
  };
}
