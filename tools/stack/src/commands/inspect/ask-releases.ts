import { flattenErrors, type Release } from '@ai-stack/core';
import type { UnreachableHost } from '@ai-stack/deploy';
import type { Connection } from '@ai-stack/ssh';
import type { Session } from '../../context/session';

/**
 * Asks the host of each release, all at once; a host that does not answer, or answers with an error, does not take the
 * others' answers away. Whoever shows the answers throws `unreachable` afterwards. Never throws.
 */
export async function askReleases<Answer>(
  releases: readonly Release[],
  { connections, unreachable }: Pick<Session, 'connections' | 'unreachable'>,
  ask: (release: Release, connection: Connection) => Promise<Answer>,
  now: Date,
): Promise<{ answers: Answer[]; unreachable: UnreachableHost[] }> {
  const asked = releases.flatMap((release) => {
    const connection = connections.get(release.host);
    return connection === undefined
      ? []
      : [{ host: release.host, answer: ask(release, connection) }];
  });
  const results = await Promise.allSettled(asked.map(({ answer }) => answer));
  const failed = new Map<string, UnreachableHost>();
  results.forEach((result, at) => {
    const host = asked[at]?.host;
    if (result.status === 'fulfilled' || host === undefined) return;
    const errors = [...(failed.get(host)?.errors ?? []), ...flattenErrors(result.reason, { host })];
    // The login worked.
    failed.set(host, { host, errors, lastSeen: now.toISOString() });
  });
  return {
    answers: results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])),
    unreachable: [...unreachable, ...failed.values()],
  };
}
