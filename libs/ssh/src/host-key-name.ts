import type { Host } from '@ai-stack/core';
import { plainArguments, type OpenOptions } from './arguments';
import { lookupName } from './lookup-name';
import { spawnProgram } from './spawn';

const configMs = 5_000;

/**
 * The name under which plain `ssh <fqdn>` looks the host key up, after a login by the address whose key is not known;
 * undefined where the key of another host is unknown, or where plain ssh looks under the same name. A key that is known and
 * different is never looked up a second time.
 */
export async function plainKeyName(
  host: Host,
  options: OpenOptions,
  lines: readonly string[],
): Promise<string | undefined> {
  const asked = lines.flatMap(
    (line) => /^No \S+ host key is known for (\S+) and you have requested/.exec(line)?.[1] ?? [],
  )[0];
  const isOwn = asked === host.address || asked?.startsWith(`[${host.address}]:`) === true;
  if (asked === undefined || !isOwn || options.signal?.aborted === true) return undefined;
  const { stdout } = await spawnProgram('ssh', plainArguments(host, options), {
    timeoutMs: configMs,
    ...(options.signal !== undefined && { signal: options.signal }),
  });
  const name = lookupName(stdout);
  return name === asked ? undefined : name;
}
