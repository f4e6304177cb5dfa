import { Secret } from '@ai-stack/core';
import { parseEnv, redact } from '@ai-stack/secrets';
import { ofKind, realChanges } from './change';
import type { PlannedRelease } from './plan-release';

/** A file that a plan would write: its text before and after, without the value of any secret. */
interface FileChange {
  path: string;
  /** Empty when the host does not have the file. */
  before: string;
  after: string;
}

type Planned = Pick<PlannedRelease, 'release' | 'facts' | 'changes'>;

/**
 * The files of a release whose text a plan would change, `.env` with its keys alone. Pure; the facts must have been
 * collected with the texts of all files.
 */
export function listFileChanges(planned: Planned): FileChange[] {
  const hidden = secretsOf(planned);
  const rendered = ofKind(planned.changes, 'file')
    .filter(({ isRewritten }) => isRewritten)
    .map(({ file, content }) => ({
      path: file.path,
      before: redact(planned.facts.contents[file.path] ?? '', hidden),
      after: redact(content, hidden),
    }));
  return [...rendered, ...changedKeys(planned)];
}

/** Every value that a file must not show: those that the release uses, and those that its host has. */
function secretsOf({ release, facts, changes }: Planned): Secret[] {
  const text = facts.services[release.service]?.env?.reveal() ?? '';
  const given = ofKind(changes, 'env').flatMap(({ values }) => [...values.values()]);
  return [...given, ...valuesIn(text).map((value) => new Secret(value))];
}

function valuesIn(env: string): string[] {
  try {
    return [...parseEnv(env, '.env').values()];
  } catch {
    // The plan says what is wrong in it. Here each line may hold a secret.
    return env.split('\n').map((line) => line.slice(line.indexOf('=') + 1));
  }
}

function changedKeys({ changes }: Planned): FileChange[] {
  return realChanges(changes, 'env').flatMap(({ path, keys }) => {
    const changed = keys.filter(({ verb }) => verb !== 'keep');
    if (changed.length === 0) return [];
    const lines = (value: string, of: typeof changed) =>
      of.map(({ key }) => `${key}=${value}\n`).join('');
    const updated = changed.filter(({ verb }) => verb === 'update');
    return [{ path, before: lines('[secret]', updated), after: lines('[new secret]', changed) }];
  });
}
