import { formatTable, type Cell } from './format-table';
import { shortTime } from './format-status';
import { makeStyle, type Look } from './style';
import { cleanText } from './wrap-text';

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

/** The kept releases, newest first; what runs is marked. */
export function formatReleases(rows: readonly ReleaseRow[], look: Look): string {
  if (rows.length === 0) return 'no releases yet';
  const style = makeStyle(look.colour, look.width);
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
  return [formatTable(columns, cells, style.width), '', '* runs now'].join('\n');
}
