import type { Probe } from '@ai-stack/core';
import { formatClockExpect } from './clock/evaluate';
import { formatContainerExpect } from './container/evaluate';
import { formatDnsExpect } from './dns/evaluate';
import { formatHttpExpect } from './http/evaluate';

/** Typed views of a probe: what is asked decides what is expected, which the compiler cannot follow by itself. */
export type ProbeOf<Kind extends Probe['ask']['kind']> = Extract<Probe, { ask: { kind: Kind } }>;

/** Whether a probe asks that kind of question. */
export function isProbeOf<Kind extends Probe['ask']['kind']>(
  probe: Probe,
  kind: Kind,
): probe is ProbeOf<Kind> {
  return probe.ask.kind === kind;
}

/** URL, name or container that is asked. */
export function formatTarget({ ask }: Probe): string {
  switch (ask.kind) {
    case 'http':
      return `${ask.method} ${ask.url}`;
    case 'dns':
      return `${ask.type} ${ask.random === true ? '(random).' : ''}${ask.name} @${ask.server}`;
    case 'container':
      return `${ask.project}/${ask.container}`;
    case 'tcp':
      return `${ask.address.includes(':') ? `[${ask.address}]` : ask.address}:${ask.port}`;
    case 'clock':
      return `clock of ${new URL(ask.url).host}`;
    case 'http-sequence':
      return ask.steps[0]?.ask.url ?? 'nothing';
  }
}

/** What is expected, on one line. */
export function formatExpected(probe: Probe): string {
  if (isProbeOf(probe, 'http')) return formatHttpExpect(probe.expect);
  if (isProbeOf(probe, 'dns')) return formatDnsExpect(probe.expect);
  if (isProbeOf(probe, 'container')) return formatContainerExpect(probe.expect);
  if (isProbeOf(probe, 'tcp')) return probe.expect.open ? 'open' : 'closed';
  if (isProbeOf(probe, 'clock')) return formatClockExpect(probe.expect);
  if (!isProbeOf(probe, 'http-sequence')) return '';
  return probe.ask.steps
    .map(({ name, expect }) => `${name}: ${formatHttpExpect(expect)}`)
    .join('; ');
}
