import { composeProgram } from './compose-program';

/** Where a Compose project lives on its host. */
export interface ComposeProject {
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
export function composeConfig(place: ComposeProject): string[] {
  return [...start(place), 'config', '--quiet'];
}

/** Starts what differs. Images are pulled before, by the engine, so that a pull never happens half-way. */
export function composeUp(
  place: ComposeProject,
  services: readonly string[] = [],
  options: { forceRecreate?: boolean } = {},
): string[] {
  const fixed = ['--remove-orphans', '--pull', 'never', '--no-build', '--quiet-pull'];
  const force = options.forceRecreate === true ? ['--force-recreate'] : [];
  return [...start(place), 'up', '-d', ...fixed, ...force, ...services];
}

/** Starts more containers of services; those that run stay as they are: `counts` is how many then run. */
export function composeScale(
  place: ComposeProject,
  counts: Readonly<Record<string, number>>,
): string[] {
  const scale = Object.entries(counts).flatMap(([name, count]) => ['--scale', `${name}=${count}`]);
  const fixed = ['--no-recreate', '--no-deps', '--pull', 'never', '--no-build', '--quiet-pull'];
  return [...start(place), 'up', '-d', ...fixed, ...scale, ...Object.keys(counts)];
}

/** Stops all containers of the project. */
export function composeStop(place: ComposeProject): string[] {
  return [...start(place), 'stop'];
}

function start({ project, directory, file, envFile, keys }: ComposeProject): string[] {
  return [
    ...[...composeProgram(keys), '--ansi', 'never'],
    ...['--project-name', project, '--project-directory', directory],
    ...['-f', file ?? `${directory}/compose.yaml`, '--env-file', envFile ?? `${directory}/.env`],
  ];
}
