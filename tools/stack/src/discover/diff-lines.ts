interface Step {
  mark: ' ' | '-' | '+';
  line: string;
}

const context = 3;

/** A unified diff of two texts, as `git apply` takes it; empty when they are equal. */
export function diffLines(file: string, before: string, after: string): string {
  const steps = compare(linesOf(before), linesOf(after));
  const hunks = hunksOf(steps).map((hunk) => formatHunk(steps, hunk));
  return hunks.length === 0 ? '' : [`--- a/${file}`, `+++ b/${file}`, ...hunks, ''].join('\n');
}

/** Longest common subsequence; the files are short. */
function compare(before: readonly string[], after: readonly string[]): Step[] {
  const table = Array.from({ length: before.length + 1 }, () =>
    new Array<number>(after.length + 1).fill(0),
  );
  const common = (row: number, column: number) => table[row]?.[column] ?? 0;
  for (let row = before.length - 1; row >= 0; row--) {
    for (let column = after.length - 1; column >= 0; column--) {
      const line = table[row];
      if (line === undefined) continue;
      line[column] =
        before[row] === after[column]
          ? common(row + 1, column + 1) + 1
          : Math.max(common(row + 1, column), common(row, column + 1));
    }
  }
  const steps: Step[] = [];
  let [row, column] = [0, 0];
  while (row < before.length || column < after.length) {
    const [old, next] = [before[row], after[column]];
    if (old !== undefined && old === next) {
      steps.push({ mark: ' ', line: old });
      row++;
      column++;
    } else if (
      old !== undefined &&
      (next === undefined || common(row + 1, column) >= common(row, column + 1))
    ) {
      steps.push({ mark: '-', line: old });
      row++;
    } else {
      steps.push({ mark: '+', line: next ?? '' });
      column++;
    }
  }
  return steps;
}

/** Ranges of steps that belong together: changes with their context, joined where they touch. */
function hunksOf(steps: readonly Step[]): [from: number, to: number][] {
  const hunks: [number, number][] = [];
  for (const [at, { mark }] of steps.entries()) {
    if (mark === ' ') continue;
    const [from, to] = [Math.max(0, at - context), Math.min(steps.length, at + context + 1)];
    const last = hunks.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = to;
    else hunks.push([from, to]);
  }
  return hunks;
}

function formatHunk(steps: readonly Step[], [from, to]: [number, number]): string {
  const count = (part: readonly Step[], mark: '-' | '+') =>
    part.filter((step) => step.mark === ' ' || step.mark === mark).length;
  const [earlier, own] = [steps.slice(0, from), steps.slice(from, to)];
  const range = (mark: '-' | '+') => {
    const length = count(own, mark);
    return `${mark}${count(earlier, mark) + (length > 0 ? 1 : 0)},${length}`;
  };
  const lines = own.map(({ mark, line }) => mark + line);
  return [`@@ ${range('-')} ${range('+')} @@`, ...lines].join('\n');
}

function linesOf(text: string): string[] {
  return text.replace(/\n$/, '').split('\n');
}
