import { listReleases, type Manifest } from '@ai-stack/deploy';
import { formatReleases, type ReleaseRow } from '@ai-stack/report';
import { selectedHosts } from '../../frame/choose-hosts';
import type { Command } from '../../frame/command';
import { onStack } from '../../frame/on-stack';

/** The releases that the hosts keep, to which `rollback` can go; the one that runs is marked. */
export const releases: Command<'releases', ReleaseRow[]> = {
  work: onStack({
    hosts: selectedHosts,
    run: async ({ releases: selected, hosts }) => {
      const lists = selected.map(async ({ host, stackDirectory }) => {
        const connection = hosts.find((one) => one.host.name === host)?.connection;
        return connection === undefined
          ? []
          : rowsOf(await listReleases(connection, stackDirectory));
      });
      return (await Promise.all(lists)).flat();
    },
  }),
  text: (rows, { look }) => formatReleases(rows, look),
};

/** Newest first, as they are listed: the first is the one that was deployed last. */
function rowsOf(manifests: readonly Manifest[]): ReleaseRow[] {
  return manifests.map(({ service, host, release, when, who, commit, containers }, at) => {
    const images = containers.map(({ image }) => image);
    return { service, host, release, isCurrent: at === 0, when, who, commit, images };
  });
}
