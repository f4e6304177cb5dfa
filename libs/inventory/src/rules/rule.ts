import { badInput, type StackError } from '@ai-stack/core';
import type { Draft } from '../draft';
import type { Source } from '../source';
import { valueAt } from '../values';
import type { Path } from '../yaml-file';

/** One rule over all files of an environment: pure, adds what it finds. What is broken elsewhere it passes over. */
export type Rule<Needed = Draft> = (draft: Needed, report: Report) => void;

type Report = (source: Source<unknown>, path: Path, what: string, fix: string) => void;

/** Applies rules; their findings come in the order of the rules. */
export function checkDraft<Needed>(draft: Needed, rules: readonly Rule<Needed>[]): StackError[] {
  const errors: StackError[] = [];
  const report: Report = (source, path, what, fix) => {
    errors.push(badInput(what, { where: source.where(path), fix }));
  };
  for (const rule of rules) rule(draft, report);
  return errors;
}

/** The services that a host's file names, whatever else is wrong in it. */
export function servicesOf(host: Source<unknown>): string[] {
  const services = valueAt(host.content, ['services']);
  return Array.isArray(services) ? services.filter((name) => typeof name === 'string') : [];
}

/** The hosts whose files name a service. */
export function placedOn<T>(hosts: readonly Source<T>[], service: string): Source<T>[] {
  return hosts.filter((host) => servicesOf(host).includes(service));
}

/** Whether every host's list of services could be read, so that "placed nowhere" is certain. */
export function placementIsKnown(draft: Draft): boolean {
  const lists = draft.hosts.map((host) => valueAt(host.content, ['services']));
  return lists.length > 0 && lists.every(Array.isArray);
}

/** The values of those sources that are whole. */
export function whole<T>(sources: readonly Source<T>[]): { source: Source<T>; value: T }[] {
  return sources.flatMap((source) =>
    source.value === undefined ? [] : [{ source, value: source.value }],
  );
}

/** Pairs of every entry with the first earlier one that has the same key. */
export function repeated<T>(
  entries: readonly T[],
  keyOf: (entry: T) => string,
): { first: T; again: T }[] {
  const firsts = new Map<string, T>();
  return entries.flatMap((entry) => {
    const first = firsts.get(keyOf(entry));
    if (first !== undefined) return [{ first, again: entry }];
    firsts.set(keyOf(entry), entry);
    return [];
  });
}
