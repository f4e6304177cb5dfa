import type { Release } from '@ai-stack/core';
import { cleanText } from '@ai-stack/report';
import type { Connection } from '@ai-stack/ssh';
import { announce, verboseLog, type Call } from '../../context/call';
import { withSession } from '../../context/session';
import { readStack, selectReleases } from '../../context/stack';

interface Flags {
  follow?: boolean;
  lines?: number;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Prints what the containers wrote, each line with its service and host in front where there are several. */
export async function runLogs(call: Call, flags: Flags): Promise<undefined> {
  const stack = await readStack(call.root, call.environment, call.variables);
  const releases = selectReleases(stack, call);
  announce(call, stack, releases);
  const names = new Set(releases.map(({ host }) => host));
  const required = stack.environment.hosts.filter(({ name }) => names.has(name));
  await withSession(call, { required, log: verboseLog(call) }, async ({ connections }) => {
    await Promise.all(
      releases.map(async (release) => {
        const connection = connections.get(release.host);
        if (connection !== undefined) await printLogs(call, flags, release, connection);
      }),
    );
  });
}

async function printLogs(
  call: Call,
  flags: Flags,
  release: Release,
  connection: Connection,
): Promise<void> {
  const where = ['--project-name', release.project, '--project-directory', release.stackDirectory];
  const what = ['logs', '--no-color', '--no-log-prefix', '--tail', String(flags.lines ?? 100)];
  const command = [
    'docker',
    'compose',
    ...where,
    ...what,
    ...(flags.follow === true ? ['--follow'] : []),
  ];
  await connection.run(command, {
    timeoutMs: flags.follow === true ? dayMs : 60_000,
    onLine: (line) =>
      call.terminal.out(
        call.json
          ? JSON.stringify({ service: release.service, host: release.host, line })
          : formatLine(release, line),
      ),
  });
}

/** A container's line with where it comes from; it must not steer the operator's terminal. */
export function formatLine(
  { service, host }: Pick<Release, 'service' | 'host'>,
  line: string,
): string {
  return `${service}@${host} | ${cleanText(line)}`;
}
