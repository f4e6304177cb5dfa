import type { DestroyPlan } from '@ai-stack/deploy';

/** What would go, as text. Pure. */
export function formatDestroy({ service, host, containers, files, data }: DestroyPlan): string {
  const list = (names: readonly string[]) => (names.length === 0 ? 'none' : names.join(', '));
  return [
    `${service} on ${host} would be removed:`,
    `  containers: ${list(containers)}`,
    `  files: ${list(files)}`,
    `  data: ${data.length === 0 ? 'stays' : data.join(', ')}`,
  ].join('\n');
}
