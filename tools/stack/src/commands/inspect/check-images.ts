import { exitCodes } from '@ai-stack/core';
import { collectReachableFacts, throwUnreachable, type UnreachableHost } from '@ai-stack/deploy';
import { formatImages, type CheckedImage } from '@ai-stack/report';
import { refuseMissingCaFile } from '../../context/ca-file';
import { selectedWhereReached } from '../../frame/choose-hosts';
import type { Command } from '../../frame/command';
import { onStack } from '../../frame/on-stack';
import { checkEach, imagesOf, pullersOf } from '../../images/check-images';
import { trustOf } from '../../images/trust';

const deadlineMs = 30_000;

type Result = { rows: CheckedImage[]; unreachable: UnreachableHost[] };

/** Reads manifest and configuration of each image where its host would pull it, and compares. Changes and pulls nothing. */
export const checkImages: Command<'check-images', Result> = {
  work: onStack({
    checks: [refuseMissingCaFile],
    hosts: selectedWhereReached,
    run: async ({ call, stack, releases, session, hosts }) => {
      const asked = await collectReachableFacts(hosts, [], new Date());
      const asking = { trust: trustOf(stack), signal: AbortSignal.timeout(deadlineMs) };
      const pullers = pullersOf(hosts, asked.facts);
      const rows = await checkEach(imagesOf(releases), pullers, call.environment, asking);
      return { rows, unreachable: [...session.unreachable, ...asked.unreachable] };
    },
  }),
  text: ({ rows }, { look }) => formatImages(rows, look),
  json: ({ rows }) => rows,
  end: ({ rows, unreachable }) => {
    throwUnreachable(unreachable);
    return rows.every(({ state }) => state === 'fits') ? exitCodes.done : exitCodes.failed;
  },
};
