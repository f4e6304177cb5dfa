import { padText, reportWidth, widthOf, wrapText } from './wrap-text';

interface Column {
  /** Empty for a table without a heading. */
  title: string;
  align?: 'left' | 'right';
  /** May be made narrower, to several lines, when the table is too wide. */
  wrap?: boolean;
}

/** A cell; `paint` colours it after it was aligned. */
export type Cell = string | { text: string; paint: (text: string) => string };

const gap = '  ';
const narrowest = 10;

/** Aligned columns in `width`; cells of `wrap` columns go on below. Ends without a newline. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width = reportWidth,
): string {
  return layoutTable(columns, rows, width).flat().join('\n');
}

/** The lines of the heading (where a column has a title) and of each row. */
export function layoutTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width = reportWidth,
): string[][] {
  const titles = columns.map(({ title }) => title);
  const all = titles.some((title) => title !== '') ? [titles, ...rows] : rows;
  const widths = fitWidths(columns, naturalWidths(columns, all), width);
  return all.map((row) => layoutRow(columns, row, widths));
}

function naturalWidths(columns: readonly Column[], rows: readonly (readonly Cell[])[]): number[] {
  return columns.map((_column, at) =>
    Math.max(0, ...rows.flatMap((row) => textOf(row[at]).split('\n').map(widthOf))),
  );
}

/** Takes what is too much from the widest of the columns that may wrap, again and again. */
function fitWidths(columns: readonly Column[], natural: number[], width: number): number[] {
  const widths = [...natural];
  const total = () =>
    widths.reduce((sum, columnWidth) => sum + columnWidth, 0) + gap.length * (widths.length - 1);
  while (total() > width) {
    const wrapping = widths.map((columnWidth, at) =>
      columns[at]?.wrap === true ? columnWidth : 0,
    );
    const widest = wrapping.indexOf(Math.max(...wrapping));
    if ((wrapping[widest] ?? 0) <= narrowest) return widths;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function layoutRow(
  columns: readonly Column[],
  row: readonly Cell[],
  widths: readonly number[],
): string[] {
  const cells = columns.map((column, at) =>
    column.wrap === true
      ? wrapText(textOf(row[at]), widths[at] ?? narrowest)
      : textOf(row[at]).split('\n'),
  );
  const height = Math.max(1, ...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    cells
      .map((lines, at) => {
        const isLast = at === columns.length - 1 && columns[at]?.align !== 'right';
        const text = padText(lines[line] ?? '', isLast ? 0 : (widths[at] ?? 0), columns[at]?.align);
        return paintOf(row[at])(text);
      })
      .join(gap)
      .trimEnd(),
  );
}

function textOf(cell: Cell | undefined): string {
  return typeof cell === 'string' ? cell : (cell?.text ?? '');
}

function paintOf(cell: Cell | undefined): (text: string) => string {
  return typeof cell === 'object' ? cell.paint : (text) => text;
}
