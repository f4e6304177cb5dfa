/** Where the engine of a host listens: the one that we ask is the one that every program of ours works on. */
export const engineSocket = '/var/run/docker.sock';

/**
 * What leads the docker command, or Compose, to another engine or another API: the host's environment and, where it
 * says nothing, `docker context use`. DOCKER_HOST wins over both, but not over the settings of TLS.
 */
const cleared = [
  'DOCKER_CONTEXT',
  'DOCKER_TLS',
  'DOCKER_TLS_VERIFY',
  'DOCKER_CERT_PATH',
  'DOCKER_API_VERSION',
  'DOCKER_DEFAULT_PLATFORM',
];

/**
 * `docker` as every command of ours begins, whatever the environment of the host says. `settings` are further variables,
 * `keys` further ones to take out.
 */
export function dockerProgram(
  settings: readonly string[] = [],
  keys: readonly string[] = [],
): string[] {
  const out = [...keys, ...cleared].flatMap((key) => ['-u', key]);
  return ['env', ...out, `DOCKER_HOST=unix://${engineSocket}`, ...settings, 'docker'];
}
