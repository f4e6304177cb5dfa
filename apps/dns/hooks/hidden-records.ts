import type {
  Environment,
  NameAnswer,
  NameQuestion,
  PreflightContext,
  BlockedFinding,
  Release,
} from '@ai-stack/core';
import { dnsRecords, fullName } from '@ai-stack/render';

const types = ['A', 'AAAA', 'MX', 'TXT', 'CAA', 'SRV'] as const;

/** A record that the upstream has and that our zone would hide. */
export interface HiddenRecord {
  /** Relative to the zone. */
  name: string;
  type: NameQuestion['type'];
  value: string;
}

/**
 * What could be hidden: for a name that has a record in the zone, the resolver no longer falls through, so records of the
 * types that we do not hold there would vanish. That is so at the apex, too, but its SOA and NS do not count: without any
 * other record of its own it falls through. An alias holds nothing besides itself, and that a name of ours has another
 * address upstream is what we want.
 */
export function questionsOf(environment: Environment): (NameQuestion & { owner: string })[] {
  const records = dnsRecords(environment).filter(
    ({ name, type }) => !(name === '@' && type === 'NS'),
  );
  const aliases = new Set(records.filter(({ type }) => type === 'CNAME').map(({ name }) => name));
  const names = [...new Set(records.map(({ name }) => name))].filter(
    (name) => !aliases.has(name) && !name.includes('*'),
  );
  const hasRecord = (name: string, type: string) =>
    records.some((record) => record.name === name && record.type === type);
  return names.flatMap((owner) =>
    types
      .filter((type) => !hasRecord(owner, type))
      .map((type) => ({ owner, name: fullName(environment, { name: owner }), type })),
  );
}

/** The records in one answer at the name itself, as `extraRecords` would write them. */
export function selectHidden(
  { owner, name, type }: NameQuestion & { owner: string },
  records: NameAnswer['records'],
): HiddenRecord[] {
  return records
    .filter((record) => record.name.toLowerCase() === name && record.type === type)
    .map(({ value }) => ({ name: owner, type, value }));
}

/** Asks the upstreams from the DNS host what our zone would hide. An upstream that stays silent hides nothing. */
export async function findHiddenRecords(context: PreflightContext): Promise<BlockedFinding[]> {
  const { environment, changing } = context;
  const findings: BlockedFinding[] = [];
  for (const { service, host } of changing.filter(({ files }) => files.some(isZone))) {
    const hidden = await collectHidden(context, host);
    findings.push(
      ...hidden.map((record) => ({ service, host, blocked: blockedBy(environment, record) })),
    );
  }
  return findings;
}

async function collectHidden(
  { environment, askNames, note }: PreflightContext,
  host: string,
): Promise<HiddenRecord[]> {
  const questions = questionsOf(environment);
  for (const upstream of environment.dns.upstreams) {
    try {
      const answers = await askNames(host, upstream, questions);
      return questions.flatMap((question, at) =>
        selectHidden(question, answers?.[at]?.records ?? []),
      );
    } catch {
      note(
        `upstream ${upstream} does not answer ${host} over TCP: the names that the zone would hide are not checked`,
      );
    }
  }
  return [];
}

/** Whether a file of a release is the zone. */
export function isZone(file: Release['files'][number]): boolean {
  return file.serialPlaceholder !== undefined;
}

function blockedBy(
  environment: Environment,
  { name, type, value }: HiddenRecord,
): BlockedFinding['blocked'] {
  const record = `{ name: '${name}', type: ${type}, value: '${value}' }`;
  return {
    guard: 'hides-records',
    reason: `the zone would hide ${type} ${value} of ${fullName(environment, { name })}, which the upstream has`,
    fix: `add ${record} to extraRecords in libs/inventory/environments/${environment.name}/dns.yaml`,
  };
}
