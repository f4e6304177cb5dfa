import { labels, type ContainerAsk, type ContainerExpect } from '@ai-stack/core';
import { differencesOf, readinessOf, type ContainerFact } from '@ai-stack/docker';
import type { Evaluation, Verdict } from '../evaluation';

/** Whether the containers of a Compose service are the wanted ones, running and healthy. */
export function evaluateContainer(
  facts: readonly ContainerFact[],
  ask: ContainerAsk,
  expect: ContainerExpect,
): Evaluation {
  const found = facts.filter((fact) => fact.service === ask.container);
  const evaluated = found.map((fact) => evaluateFact(fact, ask, expect));
  const worst =
    evaluated.find((evaluation) => evaluation.verdict === 'wrong') ??
    evaluated.find((evaluation) => evaluation.verdict === 'loading') ??
    evaluated[0];
  if (worst === undefined) return { verdict: 'wrong', observed: 'there is no such container' };
  if (evaluated.length === 1) return worst;
  return { ...worst, observed: `${evaluated.length} containers, one of them: ${worst.observed}` };
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

function stateOf({ state, health, restartCount }: ContainerFact): string {
  const restarts =
    restartCount === undefined || restartCount === 0 ? '' : `, ${restartCount} restarts`;
  const shown = health === 'none' ? 'without a health check' : health;
  return state === 'running' ? `running, ${shown}${restarts}` : `${state}${restarts}`;
}

function short(hash: string): string {
  return hash.slice(0, 12);
}
