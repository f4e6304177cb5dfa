import { countWords, plural } from './count-words';
import { formatTable, type Cell } from './format-table';
import { makeStyle, type Look, type Style } from './style';
import { cleanText, hangText } from './wrap-text';

/** In what an image differs from what a definition assumes, and the key to change. */
export interface ImageDifference {
  what:
    | 'architecture'
    | 'user'
    | 'entrypoint'
    | 'command'
    | 'working directory'
    | 'port'
    | 'volume';
  expected: string;
  found: string;
  fix: string;
}

/** The image of one container on one host, as its registry describes it; the JSON of `check-images --json`. */
export interface CheckedImage {
  service: string;
  host: string;
  container: string;
  image: string;
  state: 'fits' | 'differs' | 'unknown';
  /** Absent where it was not read. */
  digest?: string;
  platform?: string;
  /** The registry or mirror that described it. */
  from?: string;
  differences: ImageDifference[];
  /** What only the layers of the image would show. */
  unseen: string[];
  /** Why it was not read, and what to do. */
  reason?: string;
  fix?: string;
  /** Whether it was the registry that answered so. */
  isAnswer?: boolean;
}

const columns = [
  { title: 'service' },
  { title: 'host' },
  { title: 'image', wrap: true },
  { title: 'platform' },
  { title: 'state' },
];

/** A line for each image, then the differences, what could not be read, and what such a comparison does not show. */
export function formatImages(rows: readonly CheckedImage[], look: Look): string {
  const style = makeStyle(look.colour, look.width);
  const cells = rows.map((row): Cell[] => [
    nameOf(row),
    row.host,
    cleanText(row.image),
    cleanText(row.platform ?? '-'),
    { text: row.state, paint: paintOf(row, style) },
  ]);
  return [
    formatTable(columns, cells, style.width),
    '',
    ...rows.flatMap((row) => differencesOf(row, style)),
    ...rows.flatMap((row) => unreadOf(row, style)),
    ...unseenOf(rows, style).map(style.quiet),
    summaryOf(rows, style),
  ].join('\n');
}

function differencesOf(row: CheckedImage, style: Style): string[] {
  return row.differences.flatMap(({ what, expected, found, fix }) => {
    const text = `${nameOf(row)} on ${row.host}: the ${what} of ${row.image} is ${found}; expected: ${expected}`;
    return [
      ...hangText('differs: ', cleanText(text), style.width).map(style.bad),
      ...hangText('  fix: ', cleanText(fix), style.width),
    ];
  });
}

function unreadOf(row: CheckedImage, style: Style): string[] {
  const { reason, fix, host, image } = row;
  if (reason === undefined) return [];
  const text = `${nameOf(row)} on ${host}: ${image} was not read: ${reason}`;
  return [
    ...hangText('unknown: ', cleanText(text), style.width).map(style.change),
    ...(fix === undefined ? [] : hangText('  fix: ', cleanText(fix), style.width)),
  ];
}

function unseenOf(rows: readonly CheckedImage[], style: Style): string[] {
  const texts = rows.flatMap(({ image, unseen }) => unseen.map((text) => `${image}: ${text}`));
  return [...new Set(texts)].flatMap((text) =>
    hangText('not to be seen: ', cleanText(text), style.width),
  );
}

function summaryOf(rows: readonly CheckedImage[], style: Style): string {
  const states = rows.map(({ state }) => state);
  const counts = countWords(['fits', 'differs', 'unknown'], states);
  const paint = states.every((state) => state === 'fits') ? style.good : style.bad;
  return paint(`${plural(rows.length, 'image')}: ${counts}`);
}

function paintOf({ state }: CheckedImage, style: Style): (text: string) => string {
  if (state === 'fits') return style.good;
  return state === 'differs' ? style.bad : style.change;
}

function nameOf({ service, container }: CheckedImage): string {
  return container === service ? service : `${service}/${container}`;
}
