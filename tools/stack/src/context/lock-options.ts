import type { LockOptions } from '@ai-stack/deploy';
import { readWho } from './author';
import type { Call } from './call';

/** How long a command waits for another operator, in seconds, unless it was told otherwise. */
const defaultLockTimeout = 60;

/** What others read of a lock that this command holds. */
export function lockOptions(
  { services }: Pick<Call, 'services'>,
  verb: string,
  commit: string | null,
  waitSeconds = defaultLockTimeout,
): Omit<LockOptions, 'onBusy'> {
  const command = [verb, ...services].join(' ');
  return {
    owner: { who: readWho(), when: new Date().toISOString(), commit, command },
    waitSeconds,
  };
}
