import type { OnProgress } from '@ai-stack/deploy';
import { openProgress } from '@ai-stack/report';
import type { Terminal } from './terminal';

const tickMs = 1000;

/** Shows the progress of `work` on the terminal; what is as it should be stays silent. */
export async function withProgress<Result>(
  terminal: Terminal,
  work: (onProgress: OnProgress) => Promise<Result>,
  everyStep = false,
): Promise<Result> {
  const progress = openProgress({
    write: terminal.errRaw,
    now: Date.now,
    interactive: terminal.interactive,
    colour: terminal.colour,
    size: terminal.size,
    everyStep,
  });
  const timer = setInterval(() => progress.tick(), tickMs);
  try {
    return await work((event) => {
      if (event.kind !== 'outcome' || event.outcome.state !== 'unchanged') progress.show(event);
    });
  } finally {
    clearInterval(timer);
    progress.close();
  }
}
