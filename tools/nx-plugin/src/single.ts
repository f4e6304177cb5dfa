import type { ExecutorContext } from '@nx/devkit';
import { load } from '../../stack/bundle.cjs';
import type { ServiceOptions } from './run-tasks';

/** One service alone: what Nx calls when batches are switched off. The order among several is then lost. */
export default async function single(
  options: ServiceOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  const service = context.projectName ?? '';
  for await (const { result } of load(context.root).runTasks(
    [{ id: service, service, options }],
    context.root,
  )) {
    process.stdout.write(result.terminalOutput);
    if (!result.success) return { success: false };
  }
  return { success: true };
}
