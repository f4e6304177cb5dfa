import type { ProbeResult } from '@ai-stack/core';
import { plural } from './count-words';
import { layoutTable, type Cell } from './format-table';
import { makeStyle, type Look, type Style } from './style';
import { cleanText, hangText } from './wrap-text';

const columns = [
  { title: '' },
  { title: '' },
  { title: '', wrap: true },
  { title: '' },
  { title: '', align: 'right' as const },
];

/**
 * Under each service a line per probe, and one for all vantage points from which the same was right; then what is wrong
 * and how to fix it, what the right ones do not verify, and the count.
 */
export function formatProbes(results: readonly ProbeResult[], look: Look): string {
  const style = makeStyle(look.colour, look.width);
  if (results.length === 0) return 'no probes to ask';
  const groups = groupRight(results);
  const rows = groups.map(({ first, places, durationMs }): Cell[] => [
    first.ok ? { text: '  ok', paint: style.good } : { text: '  FAIL', paint: style.bad },
    first.level,
    cleanText(first.title),
    `from ${places.join(', ')}`,
    { text: seconds(durationMs), paint: style.quiet },
  ]);
  const lines = layoutTable(columns, rows, style.width).flatMap((row, at) => {
    const service = groups[at]?.first.service ?? '';
    const isFirst = service !== groups[at - 1]?.first.service;
    return isFirst ? [style.strong(service), ...row] : row;
  });
  const failed = results.filter(({ ok }) => !ok);
  const failures = failed.flatMap((result) => ['', ...formatFailure(result, style)]);
  const unseen = [...new Set(results.flatMap((result) => result.unseen ?? []))].flatMap((text) =>
    hangText('not seen  ', cleanText(text), style.width).map(style.change),
  );
  const notes = unseen.length === 0 ? [] : ['', ...unseen];
  return [...lines, ...failures, ...notes, '', count(results.length, failed.length, style)].join(
    '\n',
  );
}

interface Group {
  first: ProbeResult;
  places: string[];
  /** Of the slowest. */
  durationMs: number;
}

/** Results that say the same of one service from several places, together; a failed one has its own line. */
function groupRight(results: readonly ProbeResult[]): Group[] {
  const groups = new Map<string, Group>();
  for (const result of results) {
    const { service, level, title, ok, id, durationMs } = result;
    const key = ok ? `${service}\n${level}\n${title}` : `failed ${id}`;
    const group = groups.get(key);
    groups.set(key, {
      first: group?.first ?? result,
      places: [...(group?.places ?? []), placeOf(result)],
      durationMs: Math.max(group?.durationMs ?? 0, durationMs),
    });
  }
  return [...groups.values()];
}

function formatFailure(result: ProbeResult, style: Style): string[] {
  const entry = (name: string, text: string): string[] =>
    hangText(`  ${name.padEnd(9)} `, cleanText(text), style.width);
  return [
    ...hangText('FAIL ', cleanText(`${result.id}: ${result.title}`), style.width).map(style.bad),
    ...entry('asked', `${result.target} from ${placeOf(result)}`),
    ...entry('expected', result.expected),
    ...entry('observed', result.observed),
    ...(result.fix === undefined ? [] : entry('fix', result.fix)),
  ];
}

function count(all: number, failed: number, style: Style): string {
  if (failed === 0) return style.good(`${plural(all, 'probe')}, all ok`);
  return style.bad(`${plural(all, 'probe')}, ${all - failed} ok, ${failed} failed`);
}

function placeOf({ vantage }: ProbeResult): string {
  return vantage.replace(/^host:/, '');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
