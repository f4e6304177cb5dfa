import { z } from 'zod';
import { parseState } from '../state-files';

/** Who holds a lock, as others read it. */
export interface LockOwner {
  who: string;
  /** ISO 8601. */
  when: string;
  commit: string | null;
  /** Such as `deploy chat`. */
  command: string;
}

const ownerSchema = z.object({
  who: z.string().min(1),
  when: z.string().min(1),
  commit: z.string().nullish(),
  command: z.string().min(1),
});

/** Who holds it, in words. The text on the host is not trusted to be well-formed: it may be cut off, or of another program. */
export function describeOwner(json: string): string {
  const owner = parseState(ownerSchema, json);
  if (owner === undefined) return 'the work of another operator (the lock does not say whose)';
  const { who, when, commit, command } = owner;
  return `${command} by ${who} since ${when}${commit ? `, commit ${commit.slice(0, 12)}` : ''}`;
}
