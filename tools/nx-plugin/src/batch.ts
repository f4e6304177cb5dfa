import type { ExecutorContext, TaskGraph } from '@nx/devkit';
import { load } from '../../stack/bundle.cjs';
import type { ServiceOptions, TaskEnd } from './run-tasks';

/**
 * Nx's batch executor: gets every selected render, deploy and verify at once, and runs them as one whole: what is
 * selected in the order of its needs, one SSH connection a host. Nothing that is not selected is pulled in.
 */
export default async function* batch(
  graph: TaskGraph,
  inputs: Record<string, ServiceOptions>,
  overrides: ServiceOptions,
  context: ExecutorContext,
): AsyncGenerator<TaskEnd> {
  const tasks = Object.values(graph.tasks).map(({ id, target }) => ({
    id,
    service: target.project,
    options: {
      ...inputs[id],
      ...overrides,
      environment: inputs[id]?.environment ?? 'lab',
    },
  }));
  yield* load(context.root).runTasks(tasks, context.root);
}
