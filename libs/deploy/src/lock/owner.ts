/** Who holds a lock, as others read it. */
export interface LockOwner {
  who: string;
  /** ISO 8601. */
  when: string;
  commit: string | null;
  /** Such as `deploy litellm`. */
  command: string;
}

/** Who holds it, in words. What stands on the host is not trusted to be well-formed. */
export function describeOwner(json: string): string {
  try {
    const { who, when, commit, command } = JSON.parse(json) as Partial<LockOwner>;
    const from = commit ? `, commit ${commit.slice(0, 12)}` : '';
    return `${String(command)} by ${String(who)} since ${String(when)}${from}`;
  } catch {
    return 'somebody who did not say who';
  }
}
