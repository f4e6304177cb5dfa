import type { Release } from '@ai-stack/core';
import { composeLogs } from '@ai-stack/docker';
import { cleanText } from '@ai-stack/report';
import type { Connection } from '@ai-stack/ssh';
import type { Call } from '../../context/call';
import type { FlagsOf } from '../../options/flags';

const dayMs = 24 * 60 * 60 * 1000;

/** Prints the lines of the containers of one release, and with --follow those that come, until interrupted. */
export async function printLogs(
  { json, terminal }: Pick<Call, 'json' | 'terminal'>,
  { lines = 100, follow = false }: FlagsOf<'logs'>,
  release: Release,
  connection: Connection,
): Promise<void> {
  const { service, host, project, stackDirectory } = release;
  const place = { project, directory: stackDirectory };
  await connection.run(composeLogs(place, { lines, follow }), {
    timeoutMs: follow ? dayMs : 60_000,
    onLine: (line) =>
      terminal.out(json ? JSON.stringify({ service, host, line }) : formatLine(release, line)),
  });
}

/** A container's line with where it comes from; it must not steer the operator's terminal. */
export function formatLine(
  { service, host }: Pick<Release, 'service' | 'host'>,
  line: string,
): string {
  return `${service}@${host} | ${cleanText(line)}`;
}
