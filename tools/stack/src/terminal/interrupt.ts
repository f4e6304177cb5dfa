import { isEmptyPlan, type Plan } from '@ai-stack/core';
import type { OnProgress, ProgressEvent } from '@ai-stack/deploy';
import { cleanText } from '@ai-stack/report';
import type { Terminal } from './terminal';

const signals = ['SIGINT', 'SIGTERM'] as const;

/** What a deploy has done so far, from its progress. */
export class WorkDone {
  /** Services with something to do, as `service on host`. */
  readonly #planned = new Set<string>();
  readonly #begun = new Map<string, string>();
  readonly #changed = new Set<string>();
  #isLocked = false;

  plan(plans: readonly Plan[]): void {
    for (const plan of plans.filter((candidate) => !isEmptyPlan(candidate)))
      this.#planned.add(`${plan.service} on ${plan.host}`);
  }

  add(event: ProgressEvent): void {
    const name = `${event.service} on ${event.host}`;
    if (event.kind === 'outcome') {
      this.#begun.delete(name);
      this.#planned.delete(name);
      if (event.outcome.state === 'changed') this.#changed.add(name);
      return;
    }
    // Images are pulled before the turn of their service, and change nothing that runs.
    if (event.kind !== 'step' || event.step === 'lock' || event.step === 'pull-image') return;
    this.#isLocked = true;
    this.#planned.delete(name);
    this.#begun.set(name, event.text);
  }

  /** What was left when it was interrupted, and what to run. */
  describe(again: string): string {
    const begun = [...this.#begun].map(([name, text]) => `${name} (${text})`);
    const line = (title: string, names: readonly string[]) =>
      names.length === 0 ? [] : [`  ${title}: ${names.join(', ')}`];
    const lines = [
      ...line('changed', [...this.#changed]),
      ...line('begun and not finished', begun),
      ...line('not begun', [...this.#planned]),
      ...(this.#isLocked
        ? [
            '  the hosts release the locks within 30 s after Compose has ended there',
            `  continue: ${again}${begun.length === 0 ? '' : ' (it reads the journal, and finishes what was begun)'}`,
          ]
        : ['  nothing was changed']),
    ];
    return cleanText(['interrupted', ...lines].join('\n'));
  }
}

/** Runs `work`; when a person ends it, says what was left before this program ends as it was told to. */
export async function withInterrupt<Result>(
  terminal: Pick<Terminal, 'err'>,
  again: string,
  work: (done: WorkDone) => Promise<Result>,
): Promise<Result> {
  const done = new WorkDone();
  const stop = (signal: NodeJS.Signals): void => {
    release();
    terminal.err(`\n${done.describe(again)}`);
    // With its default action again: whoever waits for this program sees what ended it.
    process.kill(process.pid, signal);
  };
  const release = (): void => signals.forEach((signal) => process.off(signal, stop));
  for (const signal of signals) process.on(signal, stop);
  try {
    return await work(done);
  } finally {
    release();
  }
}

/** Progress that is counted on its way to whoever shows it. */
export function counted(done: WorkDone, onProgress: OnProgress): OnProgress {
  return (event) => {
    done.add(event);
    onProgress(event);
  };
}
