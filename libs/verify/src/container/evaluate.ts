import { labels, type ContainerAsk, type ContainerExpect, type Probe } from '@ai-stack/core';
import {
  differencesOf,
  lacksAddress,
  lateAddressFix,
  readinessOf,
  type ContainerFact,
} from '@ai-stack/docker';
import type { Evaluation, Verdict } from '../evaluation';

/** Whether the containers of a Compose service are the wanted ones, running and healthy. */
export function evaluateContainer(
  facts: readonly ContainerFact[],
  ask: ContainerAsk,
  expect: ContainerExpect,
): Evaluation {
  const present = facts.filter((fact) => fact.service === ask.container);
  const evaluated = present.map((fact) => evaluateFact(fact, ask, expect));
  const worst =
    evaluated.find((evaluation) => evaluation.verdict === 'wrong') ??
    evaluated.find((evaluation) => evaluation.verdict === 'loading') ??
    evaluated[0];
  if (worst === undefined) return { verdict: 'wrong', observed: 'there is no such container' };
  if (evaluated.length === 1) return worst;
  return { ...worst, observed: `${evaluated.length} containers, one of them: ${worst.observed}` };
}

/** What to do about a container that found its host without an address at boot; undefined: that is not why it is down. */
export function fixOfLateAddress(
  facts: readonly ContainerFact[],
  { vantage, fix, expect }: Pick<Probe, 'vantage' | 'fix'> & { expect: ContainerExpect },
): string | undefined {
  const [port] = expect.settings?.ports ?? [];
  if (port === undefined || !facts.some(lacksAddress)) return undefined;
  return `${lateAddressFix(vantage.replace('host:', ''), port.address)}; ${fix}`;
}

/** What is expected, on one line. */
export function formatContainerExpect(expect: ContainerExpect): string {
  const state = expect.healthy ? 'running, healthy' : 'running';
  return `${state}, image ${expect.image}, content ${short(expect.contentHash)}`;
}

function evaluateFact(fact: ContainerFact, ask: ContainerAsk, expect: ContainerExpect): Evaluation {
  const content = fact.labels[labels.content];
  const differences = [
    ...(fact.image === expect.image ? [] : [`image ${fact.image}`]),
    ...(content === expect.contentHash ? [] : [`content ${short(content ?? 'unknown')}`]),
    ...(expect.settings === undefined
      ? []
      : differencesOf({ project: ask.project, service: ask.container }, fact, expect.settings)),
  ];
  const state = stateOf(fact);
  const verdict = differences.length > 0 ? 'wrong' : evaluateState(fact, expect.healthy);
  const details = differences.length > 0 ? differences : [`image ${fact.image}`];
  return { verdict, observed: [state, ...details].join(', ') };
}

function evaluateState(fact: ContainerFact, wantsHealthy: boolean): Verdict {
  const readiness = readinessOf(fact);
  if (['created', 'restarting', 'starting'].includes(readiness)) return 'loading';
  return readiness === 'healthy' || (readiness === 'unchecked' && !wantsHealthy) ? 'ok' : 'wrong';
}

function stateOf({ state, health, restartCount, startError }: ContainerFact): string {
  const restarts =
    restartCount === undefined || restartCount === 0 ? '' : `, ${restartCount} restarts`;
  const shown = health === 'none' ? 'without a health check' : health;
  if (state === 'running') return `running, ${shown}${restarts}`;
  return `${state}${restarts}${startError === undefined ? '' : `, it could not be started: ${startError}`}`;
}

function short(hash: string): string {
  return hash.slice(0, 12);
}
