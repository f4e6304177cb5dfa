import {
  nxRun,
  type Environment,
  type MissingRecord,
  type NameAnswer,
  type PreflightContext,
  type RecordsFinding,
  type Probe,
  type Vantage,
} from '@ai-stack/core';
import { neededRecords, type NeededRecord } from '@ai-stack/render';

/**
 * With `mode: none`: that the operator's own server has every name that the stack uses, asked from this machine and from
 * each host. Pure.
 */
export function ownServerProbes(environment: Environment): Probe[] {
  const { server } = environment.dns;
  if (server === undefined) return [];
  const vantages: Vantage[] = [
    'controller',
    ...environment.hosts.map(({ name }) => `host:${name}` as const),
  ];
  return vantages.flatMap((vantage) =>
    neededRecords(environment).map((record) => recordProbe(record, server, vantage)),
  );
}

function recordProbe({ name, type, value }: NeededRecord, server: string, vantage: Vantage): Probe {
  const from = vantage.replace('host:', '');
  return {
    id: `dns/${name}-${type.toLowerCase()}@${from}`,
    level: 'client',
    service: 'dns',
    vantage,
    title: `${name} is ${value} at ${server}`,
    fix: `enter ${name} ${type} ${value} into ${server}, or open its port 53 to ${vantage === 'controller' ? 'this machine' : from}`,
    ask: { kind: 'dns', server, name, type },
    expect: { answers: [value] },
  };
}

/** The names that the operator's own server does not know, or knows otherwise, for the plan of what changes first. */
export async function findMissingRecords(context: PreflightContext): Promise<RecordsFinding[]> {
  const { environment, changing } = context;
  const { server } = environment.dns;
  const [first] = changing;
  if (server === undefined || first === undefined) return [];
  const needed = neededRecords(environment);
  const answers = await askServer(context, server, needed);
  if (answers === undefined) return [];
  const records = needed.flatMap((record, at): MissingRecord[] => {
    const answer = answers[at];
    return isRight(record, answer)
      ? []
      : [{ server, ...record, observed: observedIn(record, answer) }];
  });
  if (records.length === 0) return [];
  return [{ service: first.service, host: first.host, records }];
}

/** The answers, as the first host that there is a connection to gets them; none from a server that is silent. */
async function askServer(
  { environment, askNames, note }: PreflightContext,
  server: string,
  questions: readonly NeededRecord[],
): Promise<NameAnswer[] | undefined> {
  for (const { name: host } of environment.hosts) {
    try {
      const answers = await askNames(host, server, questions);
      if (answers !== undefined) return answers;
    } catch {
      note(
        `the DNS server ${server} does not answer ${host} over TCP: all names that the stack uses are listed; ` +
          `${nxRun(environment.name, 'dns:verify')} asks again`,
      );
      return [];
    }
  }
  return undefined;
}

/** Whether the answer ends in the one address, through an alias or not. */
function isRight(record: NeededRecord, answer: NameAnswer | undefined): boolean {
  const values = valuesOf(record, answer);
  return values.length === 1 && values[0] === record.value;
}

function observedIn(record: NeededRecord, answer: NameAnswer | undefined): string {
  if (answer === undefined) return 'no answer';
  const values = valuesOf(record, answer);
  if (values.length > 0) return values.join(', ');
  return answer.code === 'NOERROR' ? `no ${record.type} record` : answer.code;
}

function valuesOf({ type }: NeededRecord, answer: NameAnswer | undefined): string[] {
  return (answer?.records ?? []).filter((record) => record.type === type).map(({ value }) => value);
}
