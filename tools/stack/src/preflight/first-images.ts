import { nxRun, type PreflightFinding, type Release } from '@ai-stack/core';
import type { HostFacts, OpenHost } from '@ai-stack/deploy';
import { findImage } from '@ai-stack/docker';
import type { CheckedImage } from '@ai-stack/report';
import type { Stack } from '../context/stack';
import { checkEach, imagesOf, pullersOf } from '../images/check-images';
import { trustOf } from '../images/trust';

/** The first plan waits so long for registries, and no longer. */
const deadlineMs = 5000;

/**
 * Compares the images that hosts have to pull, while nothing of the environment was deployed on any of them: an image
 * for another processor blocks, all else is a warning, and a registry that does not answer is a note.
 */
export function checkFirstImages(
  stack: Pick<Stack, 'root' | 'environment'>,
  hosts: readonly OpenHost[],
  note: (text: string) => void,
  limitMs = deadlineMs,
) {
  const { name } = stack.environment;
  // A deploy may plan again after another operator's: the images are as they were.
  let findings: Promise<PreflightFinding[]> | undefined;
  return (busy: readonly Release[], facts: readonly HostFacts[]): Promise<PreflightFinding[]> => {
    if (!isFirst(name, facts)) return Promise.resolve([]);
    findings ??= ask();
    return findings;

    async function ask(): Promise<PreflightFinding[]> {
      const missing = imagesOf(busy).filter(({ host, image }) => !isThere(host, image, facts));
      const asking = { trust: trustOf(stack), signal: AbortSignal.timeout(limitMs) };
      const rows = await checkEach(missing, pullersOf(hosts, facts), name, asking);
      const silent = rows.filter(({ state, isAnswer }) => state === 'unknown' && isAnswer !== true);
      if (silent.length > 0) note(noteOf(silent, name));
      return rows.flatMap(findingsOf);
    }
  };
}

function isFirst(environment: string, facts: readonly HostFacts[]): boolean {
  const services = facts.flatMap((host) => Object.values(host.services));
  return services.every(({ current }) => current?.environment !== environment);
}

function isThere(host: string, image: string, facts: readonly HostFacts[]): boolean {
  const images = facts.find((fact) => fact.host === host)?.engine.images ?? [];
  return findImage(images, image) !== undefined;
}

function noteOf(silent: readonly CheckedImage[], environment: string): string {
  const images = [...new Set(silent.map(({ image }) => image))].join(', ');
  return (
    `not compared with what the definitions assume: ${images} (${silent[0]?.reason ?? ''}). ` +
    `Once its registry answers: ${nxRun(environment, 'stack:check-images')}`
  );
}

function findingsOf(row: CheckedImage): PreflightFinding[] {
  const { service, host, image, differences, reason, fix = '', isAnswer } = row;
  const differing = differences.map(({ what, expected, found, fix: change }) => {
    const text = `the ${what} of ${image} is ${found}; expected: ${expected}`;
    return what === 'architecture'
      ? { service, host, blocked: { guard: 'image-architecture', reason: text, fix: change } }
      : { service, host, warning: { reason: text, fix: change } };
  });
  const unread =
    isAnswer === true && reason !== undefined
      ? [{ service, host, warning: { reason: `${image}: ${reason}`, fix } }]
      : [];
  return [...differing, ...unread];
}
