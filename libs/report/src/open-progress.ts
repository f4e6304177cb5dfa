import type { ProgressEvent } from '@ai-stack/deploy';
import { formatBytes } from './format-bytes';
import { makeStyle, type Style } from './style';
import { cleanText, padText, widthOf } from './wrap-text';

interface ProgressOptions {
  /** Where it goes; never called with more than is to be written at once. */
  write: (text: string) => void;
  /** Milliseconds. */
  now: () => number;
  /** A terminal, whose last lines may be written again. */
  interactive: boolean;
  colour: boolean;
  /** Of the terminal, as it is now. Default: 100 columns, 24 rows. */
  size?: () => { columns: number; rows: number };
  /** Every step stays, each on a line of its own. */
  everyStep?: boolean;
}

/** Shows what a long piece of work is doing. */
interface Progress {
  show(event: ProgressEvent): void;
  /** Shows what was held back; call it about once a second while nothing else happens. */
  tick(): void;
  /** Leaves the terminal as it was found. */
  close(): void;
}

/** Without a terminal, each service on each host gets at most one line in this time, outcomes apart. */
const pauseMs = 5000;

interface Item {
  text: string;
  shownAt: number | undefined;
  isShown: boolean;
}

/** Turns the events of a deploy into lines: on a terminal one for each service and host, written again, else a few that stay. */
export function openProgress(options: ProgressOptions): Progress {
  const style = makeStyle(options.colour);
  const items = new Map<string, Item>();
  const view = options.interactive ? openFrame(options, items, style) : openLog(options, items);
  return {
    show: (event) => {
      const name = `${event.service} on ${event.host}`;
      if (event.kind === 'outcome') {
        items.delete(name);
        view.stay(formatOutcome(name, event, style));
      } else if (staysFor(event, options)) {
        view.stay(`${name}: ${formatEvent(event)}`);
      } else {
        const before = items.get(name);
        const text = formatEvent(event);
        // The same words again say nothing.
        const isShown = before?.text === text && before.isShown;
        items.set(name, { text, shownAt: before?.shownAt, isShown });
      }
      view.refresh();
    },
    tick: () => view.refresh(),
    close: () => view.close(),
  };
}

/** What an update cost those who asked meanwhile is never overtaken. */
function staysFor(
  event: Exclude<ProgressEvent, { kind: 'outcome' }>,
  { everyStep = false }: ProgressOptions,
): boolean {
  return event.kind === 'step' && (everyStep || event.step === 'gap');
}

interface View {
  /** Writes a line that stays. */
  stay(line: string): void;
  refresh(): void;
  close(): void;
}

function openLog({ write, now }: ProgressOptions, items: Map<string, Item>): View {
  return {
    stay: (line) => write(`${line}\n`),
    refresh: () => {
      for (const [name, item] of items) {
        const isDue = item.shownAt === undefined || now() - item.shownAt >= pauseMs;
        if (item.isShown || !isDue) continue;
        write(`${name}: ${item.text}\n`);
        items.set(name, { ...item, shownAt: now(), isShown: true });
      }
    },
    close: () => undefined,
  };
}

const standardSize = () => ({ columns: 100, rows: 24 });

/** One line for each service on each host, below what stays; no more of them than the terminal has rows. */
function openFrame(
  { write, size = standardSize }: ProgressOptions,
  items: Map<string, Item>,
  style: Style,
): View {
  let shown: string[] = [];
  const frame = (): string[] => {
    const { columns, rows } = size();
    const lines = [...items].map(([name, { text }]) => cutText(`${name}: ${text}`, columns - 1));
    return fitRows(lines, Math.max(1, rows - 2));
  };
  const draw = (above: string, lines: string[]): void => {
    const text = lines.map((line) => `${style.quiet(line)}\n`).join('');
    write(clearLines(shown, size().columns) + above + text);
    shown = lines;
  };
  return {
    stay: (line) => draw(`${line}\n`, frame()),
    refresh: () => {
      const lines = frame();
      if (lines.join('\n') !== shown.join('\n')) draw('', lines);
    },
    close: () => {
      if (shown.length > 0) draw('', []);
    },
  };
}

/** The first lines, and how many more there are. */
function fitRows(lines: readonly string[], rows: number): string[] {
  if (lines.length <= rows) return [...lines];
  const kept = lines.slice(0, rows - 1);
  return [...kept, `and ${lines.length - kept.length} more`];
}

/** Back to where the lines began, all of it empty. A terminal that became narrower has broken them into more rows. */
function clearLines(lines: readonly string[], columns: number): string {
  const rows = lines.reduce(
    (sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / columns)),
    0,
  );
  return rows === 0 ? '' : `\r\u001b[${rows}A\u001b[J`;
}

function formatEvent(event: Exclude<ProgressEvent, { kind: 'outcome' }>): string {
  if (event.kind === 'step') return cleanText(event.text);
  const { target, status, done, total } = event;
  const text = cleanText(`${target} ${status}`).trim();
  return total <= 0 ? text : `${text} ${formatBar(done / total)} of ${formatBytes(total)}`;
}

function formatOutcome(
  name: string,
  { outcome }: Extract<ProgressEvent, { kind: 'outcome' }>,
  style: Style,
): string {
  const { state, seconds, reason, error } = outcome;
  const paint =
    state === 'failed' ? style.bad : state === 'changed' ? style.good : (text: string) => text;
  const note = reason ?? error?.what.split('\n')[0];
  const tail = note === undefined ? '' : `: ${cleanText(note)}`;
  return `${paint(padText(state, 9))} ${name} (${seconds.toFixed(1)} s)${tail}`;
}

function formatBar(share: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * 10);
  return `[${'#'.repeat(filled)}${'.'.repeat(10 - filled)}] ${Math.floor(Math.min(1, share) * 100)} %`;
}

function cutText(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let cut = '';
  for (const character of text) {
    if (widthOf(cut + character) >= width) break;
    cut += character;
  }
  return `${cut}…`;
}
