import type { Release } from '@ai-stack/core';
import type { Engine } from '@ai-stack/docker';
import type { Connection } from '@ai-stack/ssh';
import { detailsScript, factsScript } from './script';
import type { HostDetails, HostFacts } from './host-facts';
import { dockerRoot } from './host-facts';
import { parseHostDetails, parseHostFacts } from './parse';
import { wantedLines } from './wanted-lines';

interface CollectOptions {
  stackRoot: string;
  dataRoot: string;
  /** The releases wanted on this host: their paths are asked for. */
  releases: readonly Release[];
  /** Ask for the texts of all their files, and not only of those that hold a serial. */
  withTexts?: boolean;
  /** This machine's clock, with which the host's is compared; default: `Date.now`. */
  now?: () => number;
}

/** Asks a host all that a plan needs: one script, beside the calls to its engine. Changes nothing. */
export async function collectHostFacts(
  connection: Pick<Connection, 'host' | 'script'>,
  engine: Pick<Engine, 'collectFacts'>,
  options: CollectOptions,
): Promise<HostFacts> {
  const roots = [options.stackRoot, options.dataRoot, dockerRoot] as const;
  const now = options.now ?? Date.now;
  const ask = async () => {
    const stdin = wantedLines(options.releases, options.withTexts);
    const sentMs = now();
    const ran = await connection.script(factsScript, roots, { stdin, doing: 'reading its facts' });
    return { text: ran.stdout, sentMs, receivedMs: now() };
  };
  const projects = options.releases.flatMap(({ project, containers }) =>
    containers.map(({ name }) => `${project}-${name}`),
  );
  // Both settle before either error leaves, so that no call outlives this one.
  const [answer, engineFacts] = await Promise.allSettled([ask(), engine.collectFacts(projects)]);
  if (answer.status === 'rejected') throw answer.reason;
  if (engineFacts.status === 'rejected') throw engineFacts.reason;
  const { text, ...asked } = answer.value;
  return parseHostFacts(connection.host, roots, text, engineFacts.value, asked);
}

/** Asks for what is only needed once something is to be done. Changes nothing. */
export async function collectHostDetails(
  connection: Pick<Connection, 'script'>,
): Promise<HostDetails> {
  return parseHostDetails(
    (await connection.script(detailsScript, [], { doing: 'asking for Compose and GPUs' })).stdout,
  );
}
