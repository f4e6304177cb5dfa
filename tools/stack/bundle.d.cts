import type { ServiceTask, TaskEnd } from '../nx-plugin/src/run-tasks';

/** Path of dist/stack/stack.cjs, compiled anew when a source has changed. Throws an Error with file and line. */
export function bundle(root: string): string;

/** What is compiled into it. */
export function load(root: string): {
  main: () => unknown;
  runTasks: (tasks: readonly ServiceTask[], root: string) => AsyncGenerator<TaskEnd>;
};
