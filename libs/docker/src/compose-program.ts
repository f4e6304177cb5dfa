import { dockerProgram } from './docker-program';

/**
 * What Compose would read from the host's environment, or from COMPOSE_ lines of `.env` where the environment has none:
 * each with the value that leaves our commands as they are. Without it COMPOSE_IGNORE_ORPHANS=1 or a COMPOSE_PARALLEL_LIMIT
 * that is no number stops every `up`, and COMPOSE_COMPATIBILITY=1 gives the containers other names (Compose 2.26 and 5).
 */
const settings = [
  'COMPOSE_FILE=',
  'COMPOSE_PROJECT_NAME=',
  'COMPOSE_PROFILES=',
  'COMPOSE_ENV_FILES=',
  'COMPOSE_DISABLE_ENV_FILE=0',
  'COMPOSE_IGNORE_ORPHANS=0',
  'COMPOSE_REMOVE_ORPHANS=0',
  'COMPOSE_COMPATIBILITY=0',
  'COMPOSE_PARALLEL_LIMIT=-1',
  'COMPOSE_PROGRESS=plain',
];

/**
 * `docker compose` as every command of ours begins, whatever the host's environment says. A variable there wins over the
 * line of `.env` with the same name, so those of `keys` are taken out.
 */
export function composeProgram(keys: readonly string[] = []): string[] {
  return [...dockerProgram(settings, keys), 'compose'];
}
