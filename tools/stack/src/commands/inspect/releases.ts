import { listReleases, type Manifest } from '@ai-stack/deploy';
import { formatReleases, type ReleaseRow } from '@ai-stack/report';
import { announce, verboseLog, type Call } from '../../context/call';
import { openHosts } from '../../context/plan-options';
import { withSession } from '../../context/session';
import { readStack, selectReleases } from '../../context/stack';
import { lookOf } from '../../terminal/terminal';

/** The releases that the hosts keep, to which `rollback` can go; the one that runs is marked. */
export async function runReleases(call: Call): Promise<undefined> {
  const stack = await readStack(call.root, call.environment, call.variables);
  const releases = selectReleases(stack, call);
  announce(call, stack, releases);
  const names = new Set(releases.map(({ host }) => host));
  const required = stack.environment.hosts.filter(({ name }) => names.has(name));
  const rows = await withSession(call, { required, log: verboseLog(call) }, async (session) => {
    const open = openHosts(stack, session);
    const lists = releases.map(async ({ host, stackDirectory }) => {
      const connection = open.find((one) => one.host.name === host)?.connection;
      return connection === undefined ? [] : rowsOf(await listReleases(connection, stackDirectory));
    });
    return (await Promise.all(lists)).flat();
  });
  const look = lookOf(call.terminal);
  call.terminal.out(call.json ? JSON.stringify(rows, null, 2) : formatReleases(rows, look));
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
