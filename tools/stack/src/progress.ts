import type { OnProgress, ProgressEvent } from '@ai-stack/deploy';
import type { Terminal } from './terminal';

/** How often one download may speak where lines cannot be rewritten. */
const quietMs = 5000;
const mebi = 1024 * 1024;

/** Prints what a deploy does, as it does it: one line a step, downloads at most every few seconds. */
export function showProgress(terminal: Terminal, now: () => number = Date.now): OnProgress {
  const started = now();
  const spoken = new Map<string, number>();
  const maySpeak = (key: string, isLast: boolean): boolean => {
    const last = spoken.get(key);
    if (!isLast && last !== undefined && now() - last < quietMs) return false;
    spoken.set(key, now());
    return true;
  };
  return (event) => {
    const text = formatEvent(event);
    if (text === undefined) return;
    const isLast = event.kind !== 'bytes' || (event.total > 0 && event.done >= event.total);
    if (
      event.kind === 'bytes' &&
      !maySpeak(`${event.host} ${event.target} ${event.status}`, isLast)
    )
      return;
    const seconds = ((now() - started) / 1000).toFixed(1).padStart(6);
    terminal.err(`${seconds} s  ${event.service}@${event.host}: ${text}`);
  };
}

/** One event as a line; undefined for what the result shows anyway. */
export function formatEvent(event: ProgressEvent): string | undefined {
  switch (event.kind) {
    case 'step':
      return event.text === '' ? event.step : `${event.step} ${event.text}`;
    case 'bytes':
      return `${event.status} ${event.target}${formatBytes(event.done, event.total)}`;
    case 'outcome': {
      const { state, reason, seconds } = event.outcome;
      if (state === 'unchanged') return undefined;
      return `${state}${reason === undefined ? '' : ` (${reason})`} after ${seconds.toFixed(1)} s`;
    }
  }
}

function formatBytes(done: number, total: number): string {
  if (total <= 0) return '';
  const percent = Math.floor((done / total) * 100);
  return ` ${percent} % of ${(total / mebi).toFixed(1)} MiB`;
}
