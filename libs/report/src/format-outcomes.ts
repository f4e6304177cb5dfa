import type { Outcome } from '@ai-stack/deploy';
import { countWords } from './count-words';
import { formatErrors } from './format-errors';
import { formatTable, type Cell } from './format-table';
import { makeStyle, type Look } from './style';
import { cleanText } from './wrap-text';

const columns = [
  { title: '' },
  { title: '' },
  { title: '' },
  { title: '', align: 'right' as const },
  { title: '', wrap: true },
];
const states = ['changed', 'unchanged', 'failed', 'skipped'] as const;

/** The outcome of a deploy: a line for each service and host, the errors, and the count. */
export function formatOutcomes(outcomes: readonly Outcome[], look: Look): string {
  const style = makeStyle(look.colour, look.width);
  const paints = {
    changed: style.good,
    unchanged: style.quiet,
    failed: style.bad,
    skipped: style.change,
  };
  const rows = outcomes.map((outcome): Cell[] => [
    { text: outcome.state, paint: paints[outcome.state] },
    outcome.service,
    outcome.host,
    `${outcome.seconds.toFixed(1)} s`,
    cleanText(outcome.reason ?? ''),
  ]);
  const errors = outcomes.flatMap(({ error }) =>
    error === undefined ? [] : ['', formatErrors(error, { ...look, verbose: false })],
  );
  const counts = countWords(
    states,
    outcomes.map(({ state }) => state),
  );
  const isGood = outcomes.every(({ state }) => state === 'changed' || state === 'unchanged');
  const summary = counts === '' ? 'nothing to do' : counts;
  const table = rows.length === 0 ? [] : [formatTable(columns, rows, style.width)];
  return [...table, ...errors, isGood ? style.good(summary) : style.bad(summary)].join('\n');
}
