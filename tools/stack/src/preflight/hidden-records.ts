import type { Answer } from 'dns-packet';
import type { Environment, Release } from '@ai-stack/core';
import type { PreflightFinding } from '@ai-stack/deploy';
import { dnsRecords, fullName } from '@ai-stack/render';
import { askNames, type DnsQuestion } from '@ai-stack/verify';
import type { Session } from '../context/session';

const types = ['A', 'AAAA', 'MX', 'TXT', 'CAA', 'SRV'] as const;
const timeoutMs = 4000;

/** A record that the upstream has and that our zone would hide. */
export interface HiddenRecord {
  /** Relative to the zone. */
  name: string;
  type: (typeof types)[number];
  value: string;
}

/**
 * What could be hidden: for a name that is in the zone, the resolver no longer falls through, so records of the types
 * that we do not hold there would vanish. The apex is always in the zone. An alias holds nothing beside itself, and
 * that a name of ours has another address upstream is what we want.
 */
export function questionsOf(environment: Environment): (DnsQuestion & { owner: string })[] {
  const records = dnsRecords(environment);
  const aliases = new Set(records.filter(({ type }) => type === 'CNAME').map(({ name }) => name));
  const names = [...new Set(['@', ...records.map(({ name }) => name)])].filter(
    (name) => !aliases.has(name) && !name.includes('*'),
  );
  const isHeld = (name: string, type: string) =>
    records.some((record) => record.name === name && record.type === type);
  return names.flatMap((owner) =>
    types
      .filter((type) => !isHeld(owner, type))
      .map((type) => ({ owner, name: fullName(environment, { name: owner }), type })),
  );
}

/** The records in one answer that stand at the name itself, as `extraRecords` would write them. */
export function selectHidden(
  { owner, name, type }: DnsQuestion & { owner: string },
  answers: readonly Answer[],
): HiddenRecord[] {
  return answers.flatMap((answer) => {
    const value =
      answer.name.toLowerCase() === name && answer.type === type ? valueOf(answer) : undefined;
    return value === undefined ? [] : [{ name: owner, type, value }];
  });
}

/** Asks the upstreams from the DNS host what our zone would hide. An upstream that stays silent hides nothing. */
export function refuseHiddenRecords(
  environment: Environment,
  session: Session,
  note: (text: string) => void,
) {
  return async (busy: readonly Release[]): Promise<PreflightFinding[]> => {
    const findings: PreflightFinding[] = [];
    for (const { service, host } of busy.filter(({ files }) => files.some(isZone))) {
      const hidden = await collectHidden(environment, session, host, note);
      findings.push(
        ...hidden.map((record) => ({ service, host, blocked: blockedBy(environment, record) })),
      );
    }
    return findings;
  };
}

async function collectHidden(
  environment: Environment,
  session: Session,
  host: string,
  note: (text: string) => void,
): Promise<HiddenRecord[]> {
  const connection = session.connections.get(host);
  if (connection === undefined) return [];
  const questions = questionsOf(environment);
  for (const upstream of environment.dns.upstreams) {
    try {
      const answers = await askNames(connection, upstream, questions, timeoutMs);
      return questions.flatMap((question, at) =>
        selectHidden(question, answers[at]?.answers ?? []),
      );
    } catch {
      note(
        `upstream ${upstream} does not answer ${host} over TCP: not asked what the zone would hide`,
      );
    }
  }
  return [];
}

function isZone(file: Release['files'][number]): boolean {
  return file.serialPlaceholder !== undefined;
}

function blockedBy(
  environment: Environment,
  { name, type, value }: HiddenRecord,
): PreflightFinding['blocked'] {
  const record = `{ name: '${name}', type: ${type}, value: '${value}' }`;
  return {
    guard: 'hides-records',
    reason: `the zone would hide ${type} ${value} of ${fullName(environment, { name })}, which the upstream has`,
    fix: `add ${record} to extraRecords in libs/inventory/environments/${environment.name}/dns.yaml`,
  };
}

function valueOf(answer: Answer): string | undefined {
  switch (answer.type) {
    case 'A':
    case 'AAAA':
      return answer.data;
    case 'MX':
      return `${answer.data.preference ?? 0} ${answer.data.exchange}`;
    case 'TXT':
      return [answer.data].flat().map(String).join('');
    case 'CAA':
      return `${answer.data.flags ?? 0} ${answer.data.tag} "${answer.data.value}"`;
    case 'SRV': {
      const { priority = 0, weight = 0, port, target } = answer.data;
      return `${priority} ${weight} ${port} ${target}`;
    }
    default:
      return undefined;
  }
}
