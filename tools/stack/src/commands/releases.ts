import { absenceOf, listReleases, throwUnreachable, type Manifest } from '@ai-stack/deploy';
import { formatReleases, type ReleaseRow } from '@ai-stack/report';
import { askReleases } from '../ask-releases';
import { announce, verboseLog, type Call } from '../call';
import { withSession } from '../session';
import { readStack, selectReleases } from '../stack';
import { lookOf } from '../terminal';

/**
 * The releases that the hosts keep, to which `rollback` can go; the one that runs is marked. A host that does not answer
 * is named, and fails the command once the others are shown.
 */
export async function runReleases(call: Call): Promise<undefined> {
  const stack = await readStack(call.root, call.environment, call.variables);
  const releases = selectReleases(stack, call);
  announce(call, stack, releases);
  const names = new Set(releases.map(({ host }) => host));
  const wanted = stack.environment.hosts.filter(({ name }) => names.has(name));
  const hosts = { required: [], wanted, log: verboseLog(call) };
  const { answers, unreachable } = await withSession(call, hosts, (session) =>
    askReleases(
      releases,
      session,
      async ({ stackDirectory }, connection) =>
        rowsOf(await listReleases(connection, stackDirectory)),
      new Date(),
    ),
  );
  const rows = answers.flat();
  const silent = unreachable.map((one) => ({ host: one.host, ...absenceOf(one) }));
  const look = lookOf(call.terminal);
  call.terminal.out(call.json ? JSON.stringify(rows, null, 2) : formatReleases(rows, silent, look));
  throwUnreachable(unreachable);
}

/** Newest first, as they are listed: the first is the one that was deployed last. */
function rowsOf(manifests: readonly Manifest[]): ReleaseRow[] {
  return manifests.map(({ service, host, release, when, who, commit, containers }, at) => ({
    service,
    host,
    release,
    isCurrent: at === 0,
    when,
    who,
    commit,
    images: containers.map(({ image }) => image),
  }));
}
