import { onHost } from './lab';

const place = '/usr/local/bin/date';

/**
 * Lets a host's `date` be late by 140 seconds meanwhile. All hosts of the lab have the clock of this machine, so what is
 * moved is the program, which sshd finds before the real one.
 */
export async function withLateClock<Result>(
  host: string,
  use: () => Promise<Result>,
): Promise<Result> {
  const program = '#!/bin/sh\\nexec /usr/bin/date -d "140 seconds ago" "$@"\\n';
  await onHost(host, 'sh', '-c', `printf '${program}' >${place} && chmod 755 ${place}`);
  try {
    return await use();
  } finally {
    await onHost(host, 'rm', place);
  }
}
