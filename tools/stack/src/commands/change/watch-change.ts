import type { Plan } from '@ai-stack/core';
import type { OnProgress } from '@ai-stack/deploy';
import type { Call } from '../../context/call';
import { counted, withInterrupt } from '../../terminal/interrupt';
import { withProgress } from '../../terminal/progress';
import { showPlans, type PlanFlags } from './plans';

/** The progress of a change. */
export interface Watch {
  onPlan: (plans: readonly Plan[]) => void;
  onProgress: OnProgress;
}

/** Shows plan and progress of a change; one that a person ends says what it left, and with what command to go on. */
export function watchChange<Result>(
  call: Call,
  flags: PlanFlags,
  again: string,
  change: (watch: Watch) => Promise<Result>,
): Promise<Result> {
  const { terminal, verbose } = call;
  return withInterrupt(terminal, again, (done) => {
    const onPlan = (plans: readonly Plan[]): void => {
      done.plan(plans);
      showPlans(call, plans, flags);
    };
    return withProgress(
      terminal,
      (onProgress) => change({ onPlan, onProgress: counted(done, onProgress) }),
      verbose,
    );
  });
}
