import type { Release } from '@ai-stack/core';
import { absenceOf, throwUnreachable } from '@ai-stack/deploy';
import { composeProgram } from '@ai-stack/docker';
import { cleanText, tellUnreachable } from '@ai-stack/report';
import type { Connection } from '@ai-stack/ssh';
import { askReleases } from '../ask-releases';
import { announce, verboseLog, type Call } from '../call';
import { withSession } from '../session';
import { readStack, selectReleases } from '../stack';

interface Flags {
  follow?: boolean;
  lines?: number;
}

const dayMs = 24 * 60 * 60 * 1000;

/**
 * Prints what the containers wrote, each line with its service and host in front. A host that does not answer is named
 * before the lines of the others, which may go on for long, and fails the command after them.
 */
export async function runLogs(call: Call, flags: Flags): Promise<undefined> {
  const stack = await readStack(call.root, call.environment, call.variables);
  const releases = selectReleases(stack, call);
  announce(call, stack, releases);
  const names = new Set(releases.map(({ host }) => host));
  const wanted = stack.environment.hosts.filter(({ name }) => names.has(name));
  const hosts = { required: [], wanted, log: verboseLog(call) };
  const { unreachable } = await withSession(call, hosts, (session) => {
    for (const one of session.unreachable)
      call.terminal.err(`unreachable: ${tellUnreachable(one.host, absenceOf(one))}`);
    const print = (release: Release, connection: Connection) =>
      printLogs(call, flags, release, connection);
    return askReleases(releases, session, print, new Date());
  });
  throwUnreachable(unreachable);
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
    ...composeProgram(),
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
