import type { Probe } from '@ai-stack/core';
import { cleanText } from '@ai-stack/report';
import type { Terminal } from '../terminal/terminal';

/** Says once of each probe that it is not ready yet, so that a long silence has a reason. */
export function showWaiting(
  terminal: Pick<Terminal, 'err'>,
): (probe: Probe, observed: string) => void {
  const reported = new Set<string>();
  return ({ id }, observed) => {
    if (reported.has(id)) return;
    reported.add(id);
    terminal.err(cleanText(`waiting for ${id}: ${observed}`));
  };
}
