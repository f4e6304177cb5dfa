import { makeStyle } from './style';
import { cleanText } from './wrap-text';

/** What one file of a host would become, as a unified diff. */
export interface FileDiff {
  service: string;
  host: string;
  path: string;
  diff: string;
}

/** Unified diffs for people, one after the other. */
export function formatDiffs(diffs: readonly FileDiff[], colour: boolean): string {
  const style = makeStyle(colour);
  const paint = (line: string): string => {
    if (/^(?:---|\+\+\+) /.test(line)) return style.strong(line);
    if (line.startsWith('@@')) return style.quiet(line);
    if (line.startsWith('+')) return style.good(line);
    return line.startsWith('-') ? style.bad(line) : line;
  };
  return diffs
    .map(({ diff }) => diff.trimEnd().split('\n').map(cleanText).map(paint).join('\n'))
    .join('\n\n');
}
