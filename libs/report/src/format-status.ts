import type { StatusRow } from '@ai-stack/deploy';
import { plural } from './count-words';
import { formatTable, type Cell } from './format-table';
import { makeStyle, type Look, type Style } from './style';
import { cleanText, hangText } from './wrap-text';

const columns = [
  { title: 'service' },
  { title: 'host' },
  { title: 'state' },
  { title: 'release' },
  { title: 'since (UTC)' },
  { title: 'by', wrap: true },
  { title: 'version', wrap: true },
];

/** What runs where, since when and by whom; then in what a host differs from what was recorded. */
export function formatStatus(rows: readonly StatusRow[], look: Look): string {
  const style = makeStyle(look.colour, look.width);
  if (rows.length === 0) return 'no services';
  const table = formatTable(
    columns,
    rows.map((row): Cell[] => [
      nameOf(row),
      row.host,
      stateOf(row, style),
      row.release ?? '-',
      row.when === undefined ? '-' : shortTime(row.when),
      cleanText(row.who ?? '-'),
      tagOf(row.image),
    ]),
    style.width,
  );
  const drift = rows.flatMap((row) =>
    row.drift.map((text) => cleanText(`${nameOf(row)} on ${row.host}: ${text}`)),
  );
  const notes = [...new Set(drift)].flatMap((text) => hangText('drift: ', text, style.width));
  return [
    table,
    '',
    ...unreachableNotes(rows, style).map(style.bad),
    ...runningNotes(rows, style).map(style.change),
    ...notes.map(style.change),
    summary(rows, drift.length > 0, style),
  ].join('\n');
}

/** A line for each service that is being changed now. */
function runningNotes(rows: readonly StatusRow[], style: Style): string[] {
  const texts = rows.flatMap(({ service, host, running }) =>
    running === undefined ? [] : [cleanText(`${service} on ${host}: ${running}`)],
  );
  return [...new Set(texts)].flatMap((text) => hangText('running: ', text, style.width));
}

/** A line for each host that did not answer. */
function unreachableNotes(rows: readonly StatusRow[], style: Style): string[] {
  const hosts = new Map(
    rows.flatMap(({ host, unreachable }) =>
      unreachable === undefined ? [] : [[host, unreachable] as const],
    ),
  );
  return [...hosts].flatMap(([host, unreachable]) =>
    hangText('unreachable: ', formatUnreachable(host, unreachable), style.width),
  );
}

/** `management, last seen 2026-11-23 07:10 UTC from this machine: why it does not answer`. */
export function formatUnreachable(
  host: string,
  { lastSeen, reason }: NonNullable<StatusRow['unreachable']>,
): string {
  const when =
    lastSeen === null
      ? 'never seen from this machine'
      : `last seen ${shortTime(lastSeen)} UTC from this machine`;
  return cleanText(`${host}, ${when}: ${reason}`);
}

function nameOf({ service, container }: StatusRow): string {
  return container === service || container === '-' ? service : `${service}/${container}`;
}

function stateOf({ state, health }: StatusRow, style: Style): Cell {
  const text = state === 'running' && health !== 'none' ? `running, ${health}` : state;
  if (!isUp({ state, health })) return { text, paint: style.bad };
  return { text, paint: health === 'starting' ? style.change : style.good };
}

function isUp({ state, health }: Pick<StatusRow, 'state' | 'health'>): boolean {
  return state === 'running' && health !== 'unhealthy';
}

function summary(rows: readonly StatusRow[], hasDrift: boolean, style: Style): string {
  const down = rows.filter((row) => !isUp(row)).length;
  const counts = `${plural(rows.length, 'container')}, ${rows.length - down} running`;
  if (down > 0) return style.bad(`${counts}, ${down} not`);
  return hasDrift ? style.change(`${counts}, not as recorded`) : style.good(counts);
}

/** `2026-11-23T07:10:00.000Z` as `2026-11-23 07:10`. */
export function shortTime(when: string): string {
  return /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)/.exec(when)?.slice(1).join(' ') ?? cleanText(when);
}

/** The tag of an image; without one its whole name. */
function tagOf(image: string): string {
  const name = image.replace(/@sha256:.*$/, '');
  return cleanText(/:([^:/]+)$/.exec(name)?.[1] ?? name);
}
