import { composeProgram } from './compose-program';

/** Where a Compose project lives on its host. */
export interface ComposePlace {
  /** `ai-<service>` */
  project: string;
  /** Relative paths start here. */
  directory: string;
  /** Default: `compose.yaml` and `.env` in `directory`. */
  file?: string;
  envFile?: string;
  /** The variables of the file that only `.env` may give. */
  keys?: readonly string[];
}

/** Checks the file there: prints nothing, exit code 0 when it is right. */
export function composeConfig(place: ComposePlace): string[] {
  return [...start(place), 'config', '--quiet'];
}

/** Starts what differs. Images are pulled before, by the engine, so that a pull never happens half-way. */
export function composeUp(
  place: ComposePlace,
  services: readonly string[] = [],
  options: { forceRecreate?: boolean } = {},
): string[] {
  const fixed = ['--remove-orphans', '--pull', 'never', '--no-build', '--quiet-pull'];
  const force = options.forceRecreate === true ? ['--force-recreate'] : [];
  return [...start(place), 'up', '-d', ...fixed, ...force, ...services];
}

/** Starts further containers of services beside those that run, which stay as they are: `counts` is how many then run. */
export function composeScale(
  place: ComposePlace,
  counts: Readonly<Record<string, number>>,
): string[] {
  const scale = Object.entries(counts).flatMap(([name, count]) => ['--scale', `${name}=${count}`]);
  const fixed = ['--no-recreate', '--no-deps', '--pull', 'never', '--no-build', '--quiet-pull'];
  return [...start(place), 'up', '-d', ...fixed, ...scale, ...Object.keys(counts)];
}

/** Stops all containers of the project. */
export function composeStop(place: ComposePlace): string[] {
  return [...start(place), 'stop'];
}

/**
 * Prints the last lines of all containers of the project. Without a file: Compose then finds them by their labels, so
 * that a file on the host that is broken or missing hides nothing.
 */
export function composeLogs(
  { project, directory }: ComposePlace,
  { lines, follow = false }: { lines: number; follow?: boolean },
): string[] {
  const fixed = ['logs', '--no-color', '--no-log-prefix', '--tail', String(lines)];
  return [...named(project, directory), ...fixed, ...(follow ? ['--follow'] : [])];
}

function named(project: string, directory: string, keys?: readonly string[]): string[] {
  const where = ['--project-name', project, '--project-directory', directory];
  return [...composeProgram(keys), '--ansi', 'never', ...where];
}

function start({ project, directory, file, envFile, keys }: ComposePlace): string[] {
  return [
    ...named(project, directory, keys),
    ...['-f', file ?? `${directory}/compose.yaml`, '--env-file', envFile ?? `${directory}/.env`],
  ];
}
