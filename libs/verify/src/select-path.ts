/**
 * The values at a path such as `status`, `data[].id` or `result[0].name`; `[]` stands for every element. An empty list
 * means that there is nothing; the empty path is the whole value.
 */
export function selectPath(value: unknown, path: string): unknown[] {
  return parsePath(path).reduce<unknown[]>((values, step) => values.flatMap(into(step)), [value]);
}

/** Whether a path may mean several values. */
export function isListPath(path: string): boolean {
  return path.includes('[]');
}

type Step = { key: string } | { index: number } | 'every';

function parsePath(path: string): Step[] {
  return [...path.matchAll(/\[(\d*)\]|[^.[\]]+/g)].map(([text, index]) => {
    if (index === undefined) return { key: text };
    return index === '' ? 'every' : { index: Number(index) };
  });
}

function into(step: Step): (value: unknown) => unknown[] {
  return (value) => {
    if (step === 'every') return Array.isArray(value) ? (value as unknown[]) : [];
    const key = 'key' in step ? step.key : step.index;
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return [];
    return [(value as Record<string | number, unknown>)[key]];
  };
}
