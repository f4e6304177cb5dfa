import type { Release } from '@ai-stack/core';
import type { HostFacts } from '@ai-stack/deploy';

/** What one host says of one service. */
export interface Converged {
  service: string;
  host: string;
  /** The commit for which it was deployed or found equal; undefined: nothing is recorded; null: unknown or dirty. */
  commit: string | null | undefined;
  /** A deploy began and did not end. */
  isInterrupted: boolean;
  /** The deploy in progress, in words. */
  running?: string;
}

/** What git and Nx know; all of it about the work tree as it is. */
export interface History {
  head: string;
  isShallow: boolean;
  /** Whether it is HEAD or one of the commits before it: what was rewritten since is not. */
  isAncestor: (commit: string) => Promise<boolean>;
  /** The newest commit that is an ancestor of all; undefined: there is none. */
  mergeBase: (commits: readonly string[]) => Promise<string | undefined>;
  /** The services whose deploy `nx affected` picks from a base. */
  affectedSince: (base: string) => Promise<ReadonlySet<string>>;
}

export interface Verdict {
  /** The commit for `nx affected --base`; undefined: everything has to be looked at. */
  base: string | undefined;
  /** Why, a sentence for each service that holds it back. */
  reasons: string[];
}

/** What a host recorded of one release, if it was of this environment. Pure. */
export function stateOf(
  environment: string,
  { service, host }: Pick<Release, 'service' | 'host'>,
  facts: readonly HostFacts[],
): Converged {
  const serviceFacts = facts.find((hostFacts) => hostFacts.host === host)?.services[service];
  const isOurs = serviceFacts?.current?.environment === environment;
  return {
    service,
    host,
    commit: isOurs ? serviceFacts.converged?.commit : undefined,
    isInterrupted: serviceFacts?.journal !== undefined,
    ...(serviceFacts?.running !== undefined && { running: serviceFacts.running }),
  };
}

/**
 * The base from which `nx affected -t deploy` misses nothing: the merge base of the commits with which the services are
 * up to date. A service that is unaffected since its commit is up to date with HEAD. One whose state is unknown, or
 * whose deploy was interrupted, must be affected from that base, too; otherwise, and in a shallow clone, everything is
 * affected.
 */
export async function findBase(states: readonly Converged[], history: History): Promise<Verdict> {
  if (history.isShallow) return everything(['the clone is shallow: fetch the whole history']);
  const standings = await Promise.all(states.map((state) => standingOf(state, history)));
  const reasons = standings.flatMap(({ reason }) => (reason === undefined ? [] : [reason]));
  const open = standings.filter(({ isOpen }) => isOpen).map(({ state }) => state.service);
  const standing = standings.flatMap(({ at }) => at ?? []);
  const recorded = standings.flatMap(({ at, state }) =>
    at === undefined ? [] : (state.commit ?? []),
  );
  // What is known to be unaffected moves the base forward, but not past a service that has to be deployed.
  for (const commits of open.length === 0 ? [standing] : [standing, recorded]) {
    const base = await mergeBase(commits, history);
    if (base === undefined) continue;
    if (open.length === 0) return { base, reasons };
    const picked = await history.affectedSince(base);
    if (open.every((service) => picked.has(service))) return { base, reasons };
  }
  return everything(reasons);
}

async function mergeBase(commits: string[], history: History): Promise<string | undefined> {
  return commits.length === 0 ? undefined : history.mergeBase([...new Set(commits)]);
}

interface Standing {
  state: Converged;
  /** The commit with which it is up to date; undefined: unknown. */
  at: string | undefined;
  /** Whether it has to be deployed, whatever git says. */
  isOpen: boolean;
  reason: string | undefined;
}

async function standingOf(state: Converged, history: History): Promise<Standing> {
  const { service, host, commit, isInterrupted, running } = state;
  const who = `${service} on ${host}`;
  const unknown = (why: string) => ({
    state,
    at: undefined,
    isOpen: true,
    reason: `${who}: ${why}`,
  });
  if (commit === undefined) return unknown('nothing is recorded there');
  if (commit === null) return unknown('it was deployed from files that were not committed');
  if (!(await history.isAncestor(commit))) {
    return unknown(`it was deployed at ${short(commit)}, which is not in this history`);
  }
  if (isInterrupted) {
    const reason = `${who}: ${running === undefined ? 'a deploy was interrupted' : `${running} is in progress`}; before, it was at ${short(commit)}`;
    return { state, at: commit, isOpen: true, reason };
  }
  const isChanged = commit !== history.head && (await history.affectedSince(commit)).has(service);
  const reason = isChanged ? `${who}: changed since ${short(commit)}` : undefined;
  return { state, at: isChanged ? commit : history.head, isOpen: false, reason };
}

function everything(reasons: string[]): Verdict {
  return { base: undefined, reasons };
}

function short(commit: string): string {
  return commit.slice(0, 12);
}
