import type { Converged, Verdict } from './find-base';
import { emptyTree } from './read-history';

/** What the hosts say of each service, and the base that follows from it. */
export interface BaseResult {
  states: readonly Converged[];
  verdict: Verdict;
}

/** The JSON of `stack:base --json`. Pure. */
export function baseAsJson({ states, verdict: { base, reasons } }: BaseResult) {
  return { version: 1, base: base ?? emptyTree, isEverything: base === undefined, reasons, states };
}

/** Why it is this base, as text. Pure. */
export function explainBase({ base, reasons }: Verdict): string {
  const headline = base === undefined ? 'everything is affected' : `base ${base}`;
  return [headline, ...reasons.map((reason) => `  ${reason}`)].join('\n');
}
