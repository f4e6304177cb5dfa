import { absenceOf, listReleases, throwUnreachable, type UnreachableHost } from '@ai-stack/deploy';
import { formatReleases, type ReleaseRow } from '@ai-stack/report';
import { selectedWhereReached } from '../../frame/choose-hosts';
import type { Command } from '../../frame/command';
import { onStack } from '../../frame/on-stack';
import { askReleases } from './ask-releases';
import { releaseRows } from './release-rows';

/**
 * The releases that the hosts keep, to which `rollback` can go; the one that runs is marked. A host that does not answer
 * is named, and fails the command once the others are shown.
 */
export const releases: Command<'releases', { rows: ReleaseRow[]; unreachable: UnreachableHost[] }> =
  {
    work: onStack({
      hosts: selectedWhereReached,
      run: async ({ releases: selected, session }) => {
        const { answers, unreachable } = await askReleases(
          selected,
          session,
          async ({ stackDirectory }, connection) =>
            releaseRows(await listReleases(connection, stackDirectory)),
          new Date(),
        );
        return { rows: answers.flat(), unreachable };
      },
    }),
    text: ({ rows, unreachable }, { look }) =>
      formatReleases(
        rows,
        unreachable.map((host) => ({ host: host.host, ...absenceOf(host) })),
        look,
      ),
    json: ({ rows }) => rows,
    end: ({ unreachable }) => {
      throwUnreachable(unreachable);
    },
  };
