import type { Answer } from 'dns-packet';
import type { DnsAsk, DnsExpect } from '@ai-stack/core';
import { excerpt } from '../excerpt';
import type { Evaluation } from '../evaluation';

/** A server's answer: its response code (`NOERROR`, `NXDOMAIN`, ...) and answer section. */
export interface DnsAnswer {
  code: string;
  answers: readonly Answer[];
}

/**
 * The values that answer a question: for CNAME the alias's own targets, for other types the values at the end of the
 * chain of aliases. SOA as dig +short prints it; TXT with its strings joined.
 */
function selectAnswers(answers: readonly Answer[], name: string, type: string): string[] {
  const owner = type === 'CNAME' ? normal(name) : endOfChain(answers, name);
  const values = answers
    .filter((answer) => answer.type === type && normal(answer.name) === owner)
    .map(valueOf);
  return [...new Set(values)].sort();
}

/** Compares as sets. An SOA answers by its leading fields: `ns.example.org *` has any mailbox and serial. */
export function evaluateDns(answer: DnsAnswer, ask: DnsAsk, expect: DnsExpect): Evaluation {
  const values = selectAnswers(answer.answers, ask.name, ask.type);
  const observed = observe(answer, ask, values);
  if ('codes' in expect) {
    return { verdict: expect.codes.includes(answer.code) ? 'ok' : 'wrong', observed };
  }
  if (!['NOERROR', 'NXDOMAIN'].includes(answer.code)) return { verdict: 'wrong', observed };
  const wanted = [...new Set(expect.answers.map((value) => normalValue(value, ask.type)))];
  const isSame =
    wanted.length === values.length &&
    wanted.every((expected) => values.some((value) => matches(value, expected, ask.type)));
  return { verdict: isSame ? 'ok' : 'wrong', observed };
}

/** What is expected, on one line. */
export function formatDnsExpect(expect: DnsExpect): string {
  if ('codes' in expect) return `an answer with ${expect.codes.join(' or ')}`;
  const { answers } = expect;
  return answers.length === 0 ? 'no answer' : excerpt(`exactly ${[...answers].sort().join(', ')}`);
}

function observe(answer: DnsAnswer, ask: DnsAsk, values: readonly string[]): string {
  if (values.length > 0) return excerpt(values.join(', '));
  const end = endOfChain(answer.answers, ask.name);
  const tail = end === normal(ask.name) ? '' : `, an alias of ${end} without ${ask.type}`;
  return excerpt(`no answer (${answer.code})${tail}`);
}

function endOfChain(answers: readonly Answer[], name: string): string {
  let owner = normal(name);
  const owners = new Set<string>();
  while (!owners.has(owner)) {
    owners.add(owner);
    const alias = answers.find(
      (expected) => expected.type === 'CNAME' && normal(expected.name) === owner,
    );
    if (alias?.type === 'CNAME') owner = normal(alias.data);
  }
  return owner;
}

function valueOf(answer: Answer): string {
  switch (answer.type) {
    case 'A':
    case 'AAAA':
      return answer.data.toLowerCase();
    case 'CNAME':
      return normal(answer.data);
    case 'TXT':
      return [answer.data].flat().map(String).join('');
    case 'SOA': {
      const { mname, rname, serial, refresh, retry, expire, minimum } = answer.data;
      return [normal(mname), normal(rname), serial, refresh, retry, expire, minimum].join(' ');
    }
    default:
      return JSON.stringify('data' in answer ? answer.data : null);
  }
}

function matches(value: string, wanted: string, type: string): boolean {
  if (type !== 'SOA') return value === wanted;
  const fields = value.split(' ');
  return wanted.split(/\s+/).every((field, at) => field === '*' || field === fields[at]);
}

function normalValue(value: string, type: string): string {
  if (type === 'TXT') return value;
  return value.trim().split(/\s+/).map(normal).join(' ');
}

function normal(name: string): string {
  return name.replace(/\.$/, '').toLowerCase();
}
