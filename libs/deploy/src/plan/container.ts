import type { ReleaseContainer, Verb } from '@ai-stack/core';
import { labels } from '@ai-stack/core';
import { isUnfinished, readinessOf, type ContainerFact } from '@ai-stack/docker';

/** Compose's own label: the hash of a container's configuration after interpolation. */
export const configHashLabel = 'com.docker.compose.config-hash';

/** What else is known about one container. */
interface ContainerContext {
  /** Id of the wanted image on the host; undefined: it has to be pulled. */
  imageId: string | undefined;
  /** Compose's hash as recorded when the release was applied. */
  manifestConfigHash: string | undefined;
  /** Files it mounts whose content has to be written though its label is right: edited on the host. */
  rewrittenFiles: readonly string[];
  /** In what else it differs from what Compose would make; see `differencesOf`. */
  differences: readonly string[];
  /** Keys of `.env` that it reads and whose value is new to it. */
  changedKeys: readonly string[];
}

export interface ContainerVerdict {
  verb: Extract<Verb, 'create' | 'update' | 'replace' | 'keep'>;
  reason: string;
  before?: string;
  after?: string;
  /** Compose itself would see no reason to recreate it. */
  isForced: boolean;
}

/** Decides for one service of a compose file, of which an interrupted update may have left two containers. */
export function diffRunning(
  container: ReleaseContainer,
  present: readonly ContainerFact[],
  context: ContainerContext,
): ContainerVerdict {
  const finished = finishedOf(present);
  const verdict = diffContainer(container, servingOf(finished), context);
  if (finished.length > 1 && verdict.verb !== 'replace') {
    return replace(`there are ${finished.length} of it: an update was interrupted`);
  }
  if (finished.length === present.length || verdict.verb !== 'keep') return verdict;
  const reason = 'an update was interrupted: remove the container that it left';
  return { verb: 'update', reason, isForced: false };
}

/** Those that ran, without what an interrupted update left. */
export function finishedOf(present: readonly ContainerFact[]): ContainerFact[] {
  return present.filter((fact) => !isUnfinished(fact));
}

/** The container that is healthy; without one, the first that an interrupted update did not leave. */
export function servingOf(present: readonly ContainerFact[]): ContainerFact | undefined {
  const finished = finishedOf(present);
  return finished.find((fact) => readinessOf(fact) === 'healthy') ?? finished[0];
}

/** The verdict when an operator requests a replacement, whatever the comparison found. */
export function replaceAnyway(verdict: ContainerVerdict): ContainerVerdict {
  if (verdict.verb === 'create') return verdict;
  if (verdict.verb === 'replace') return { ...verdict, isForced: true };
  return { ...replace('requested (--replace)'), isForced: true };
}

/** Decides what happens to one container: the only place that does. */
export function diffContainer(
  container: ReleaseContainer,
  fact: ContainerFact | undefined,
  context: ContainerContext,
): ContainerVerdict {
  if (fact === undefined || fact.state === 'removing') {
    return { verb: 'create', reason: 'there is none', after: container.image, isForced: false };
  }
  return (
    diffDefinition(container, fact, context) ??
    diffInputs(fact, context) ??
    diffState(fact) ?? { verb: 'keep', reason: keepReason(fact), isForced: false }
  );
}

function diffDefinition(
  container: ReleaseContainer,
  fact: ContainerFact,
  context: ContainerContext,
): ContainerVerdict | undefined {
  const content = fact.labels[labels.content] ?? 'none';
  if (content !== container.contentHash) {
    if (fact.image !== container.image)
      return replace('another image', fact.image, container.image);
    return replace(
      'its definition or a file it mounts changed',
      short(content),
      short(container.contentHash),
    );
  }
  if (context.imageId === undefined) return replace(`${container.image} is not on the host`);
  if (context.imageId !== fact.imageId) {
    return replace(
      `${container.image} names another image now`,
      short(fact.imageId),
      short(context.imageId),
    );
  }
  return undefined;
}

function diffInputs(fact: ContainerFact, context: ContainerContext): ContainerVerdict | undefined {
  if (context.rewrittenFiles.length > 0) {
    const reason = `${context.rewrittenFiles.join(', ')} was changed on the host`;
    return { ...replace(reason), isForced: true };
  }
  if (context.changedKeys.length > 0) {
    return replace(`.env changed: ${context.changedKeys.join(', ')}`);
  }
  const config = fact.labels[configHashLabel];
  const recorded = context.manifestConfigHash;
  if (recorded !== undefined && recorded !== '' && config !== recorded) {
    return replace('it was recreated by hand', short(config ?? 'none'), short(recorded));
  }
  // Compose compares labels, not what runs.
  if (context.differences.length > 0)
    return { ...replace(`by hand: ${context.differences.join('; ')}`), isForced: true };
  return undefined;
}

function diffState(fact: ContainerFact): ContainerVerdict | undefined {
  if (fact.state === 'paused' || fact.state === 'restarting' || fact.state === 'dead') {
    return { ...replace(`it is ${fact.state}`), isForced: true };
  }
  if (fact.state !== 'running') {
    return { verb: 'update', reason: `it is ${fact.state}: start it`, isForced: false };
  }
  if (readinessOf(fact) === 'unhealthy') return { ...replace('it is unhealthy'), isForced: true };
  return undefined;
}

function keepReason(fact: ContainerFact): string {
  return fact.health === 'none' ? 'equal and running' : `equal and ${fact.health}`;
}

function replace(reason: string, before?: string, after?: string): ContainerVerdict {
  return { verb: 'replace', reason, before, after, isForced: false };
}

/** A hash as an operator reads it. */
export function short(hash: string): string {
  return hash.replace(/^sha256:/, '').slice(0, 12);
}
