import type { Release } from '@ai-stack/core';
import { acquireLocks, type Locks, type LockOptions, type OpenHost } from '@ai-stack/deploy';
import type { Terminal } from '../../terminal/terminal';

/** Acquires the locks of some releases, hands them to `use`, and releases them whatever happens. */
export async function withLocks<Result>(
  hosts: readonly OpenHost[],
  releases: readonly Pick<Release, 'host' | 'stackDirectory'>[],
  options: Omit<LockOptions, 'onBusy'>,
  terminal: Pick<Terminal, 'err'>,
  use: (locks: Locks) => Promise<Result>,
): Promise<Result> {
  const targets = hosts.map(({ host, connection }) => ({
    connection,
    directories: releases
      .filter((release) => release.host === host.name)
      .map(({ stackDirectory }) => stackDirectory),
  }));
  const onBusy = (host: string, text: string) => terminal.err(`${host}: ${text}`);
  const locks = await acquireLocks(targets, { ...options, onBusy });
  try {
    return await use(locks);
  } finally {
    await locks.release();
  }
}
