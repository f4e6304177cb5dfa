import type { ProbeResult } from '@ai-stack/core';
import { plural } from './count-words';
import { layoutTable, type Cell } from './format-table';
import { makeStyle, type Style } from './style';
import { cleanText, hangText, reportWidth } from './wrap-text';

const columns = [
  { title: '' },
  { title: '' },
  { title: '', wrap: true },
  { title: '' },
  { title: '', align: 'right' as const },
];

/** One line per probe under its service, then what is wrong and how to mend it, then the count. */
export function formatProbes(
  results: readonly ProbeResult[],
  { colour }: { colour: boolean },
): string {
  const style = makeStyle(colour);
  if (results.length === 0) return 'no probes to ask';
  const rows = results.map((result): Cell[] => [
    result.ok ? { text: '  ok', paint: style.good } : { text: '  FAIL', paint: style.bad },
    result.level,
    cleanText(result.title),
    `from ${placeOf(result)}`,
    { text: seconds(result.durationMs), paint: style.quiet },
  ]);
  const lines = layoutTable(columns, rows).flatMap((row, at) => {
    const service = results[at]?.service ?? '';
    const isFirst = service !== results[at - 1]?.service;
    return isFirst ? [style.strong(service), ...row] : row;
  });
  const failed = results.filter(({ ok }) => !ok);
  const failures = failed.flatMap((result) => ['', ...formatFailure(result, style)]);
  return [...lines, ...failures, '', count(results.length, failed.length, style)].join('\n');
}

function formatFailure(result: ProbeResult, style: Style): string[] {
  const entry = (name: string, text: string): string[] =>
    hangText(`  ${name.padEnd(9)} `, cleanText(text), reportWidth);
  return [
    ...hangText('FAIL ', cleanText(`${result.id}: ${result.title}`), reportWidth).map(style.bad),
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
