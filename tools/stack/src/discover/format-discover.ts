import { nxRun } from '@ai-stack/core';
import { questionOf } from './questions';
import type { DiscoverResult } from './discover';

/** What discover found, for a person: evidence by key, what stays open, what to confirm, and the diff to accept. */
export function formatDiscover(result: DiscoverResult): string {
  const { environment, findings, unanswered, notes, unreachable, diffs, written } = result;
  const blocks = [
    ...section('Found', findings, ({ file, line, key, value, evidence }) => [
      `${file}:${line}  ${key} = ${JSON.stringify(value)}`,
      ...evidence.map((text) => `  seen: ${text}`),
    ]),
    ...section('Still open', unanswered, ({ file, line, key, hints }) => [
      `${file}:${line}  ${key}`,
      `  what: ${questionOf({ file, key }).reason}, such as ${questionOf({ file, key }).example}`,
      ...hints.map((text) => `  look: ${text}`),
    ]),
    ...section('Hosts', notes, ({ host, lines }) => [host, ...lines.map((text) => `  ${text}`)]),
    ...section('Not reached', unreachable, ({ host, message }) => [
      host,
      ...message.split('\n').map((text) => `  ${text}`),
    ]),
    ...(diffs.length > 0
      ? [`${written ? 'Written:' : 'The edit:'}\n\n${diffs.map(({ diff }) => diff).join('')}`]
      : []),
    summary(environment, findings.length, unanswered.length, written),
  ];
  return blocks.join('\n').trimEnd();
}

function section<T>(
  title: string,
  entries: readonly T[],
  format: (entry: T) => string[],
): string[] {
  if (entries.length === 0) return [];
  const lines = entries.flatMap(format).map((line) => `  ${withoutControls(line)}`);
  return [`${title}:\n${lines.join('\n')}\n`];
}

function summary(environment: string, answered: number, open: number, written: boolean): string {
  if (answered + open === 0) return `${environment} has no open keys.`;
  const rest = open === 0 ? 'none stays open' : `${open} ${open === 1 ? 'stays' : 'stay'} open`;
  if (answered === 0) return `No open key was answered; ${rest}.`;
  const next = written
    ? `written; ${rest}.`
    : `${rest}. Accept with ${nxRun(environment, 'stack:discover', '--write')}`;
  return `${answered} of ${answered + open} open keys answered: ${next}`;
}

/** Labels come from the hosts; a terminal must not obey them. */
function withoutControls(line: string): string {
  return line.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}
