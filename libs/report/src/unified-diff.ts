import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';

/** A unified diff of two texts with three lines of context, as `git apply` takes it; empty when they are equal. */
export function unifiedDiff(path: string, before: string, after: string): string {
  if (before === after) return '';
  const options = { context: 3, headerOptions: FILE_HEADERS_ONLY };
  return createTwoFilesPatch(
    `a/${path}`,
    `b/${path}`,
    before,
    after,
    undefined,
    undefined,
    options,
  );
}
