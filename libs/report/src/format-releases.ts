import type { StatusRow } from '@ai-stack/deploy';
import { formatTable, type Cell } from './format-table';
import { shortTime, formatUnreachable } from './format-status';
import { makeStyle, type Look } from './style';
import { cleanText, hangText } from './wrap-text';

/** A release that a host keeps; the JSON of `releases --json`. */
export interface ReleaseRow {
  service: string;
  host: string;
  release: string;
  isCurrent: boolean;
  /** ISO 8601. */
  when: string;
  who: string;
  commit: string | null;
  images: string[];
}

const columns = [
  { title: 'service' },
  { title: 'host' },
  { title: 'release' },
  { title: 'deployed (UTC)' },
  { title: 'by', wrap: true },
  { title: 'commit' },
  { title: 'images', wrap: true },
];

/** A host of whose releases nothing is known. */
type SilentHost = { host: string } & NonNullable<StatusRow['unreachable']>;

/** The kept releases, newest first; what runs is marked. After them the hosts that did not answer. */
export function formatReleases(
  rows: readonly ReleaseRow[],
  silent: readonly SilentHost[],
  look: Look,
): string {
  const style = makeStyle(look.colour, look.width);
  const notes = silent.flatMap((host) =>
    hangText('unreachable: ', formatUnreachable(host.host, host), style.width).map(style.bad),
  );
  if (rows.length === 0) return notes.length === 0 ? 'no releases yet' : notes.join('\n');
  const cells = rows.map((row): Cell[] => [
    row.service,
    row.host,
    row.isCurrent
      ? { text: `${cleanText(row.release)} *`, paint: style.good }
      : cleanText(row.release),
    shortTime(row.when),
    cleanText(row.who),
    row.commit === null ? '-' : cleanText(row.commit.slice(0, 12)),
    row.images.map(cleanText).join(' '),
  ]);
  return [formatTable(columns, cells, style.width), '', '* runs now', ...notes].join('\n');
}
