import { runTasks, type TaskEnd, type TaskOptions } from './run-tasks';

/** A task of Nx, as far as it matters here. */
export interface NxTask {
  id: string;
  target: { project: string };
}

/** Runs what Nx selected as one whole: in the order of needs, one SSH connection a host; pulls nothing else in. */
export async function* runBatch(
  tasks: Readonly<Record<string, NxTask>>,
  options: Readonly<Record<string, TaskOptions>>,
  root: string,
): AsyncGenerator<TaskEnd> {
  const selected = Object.values(tasks).flatMap(({ id, target }) => {
    const own = options[id];
    return own === undefined ? [] : [{ id, service: target.project, options: own }];
  });
  yield* runTasks(selected, root);
}
