import { sshSchema, type Ssh, type Host } from '@ai-stack/core';
import { readDraft } from './draft';
import type { Answer, OpenKey } from './open-keys';
import { openKeysOf, sourcesOf } from './read-environment';
import { servicesOf } from './rules/rule';
import type { Source } from './source';
import { valueAt } from './values';
import type { Variables } from './variables';
import { environmentNames, resolveEnvironmentName } from './workspace';

/** What is known of a host before its file is complete: enough to reach it. */
export interface HostForDiscovery {
  name: string;
  /** Its file, from the workspace root. */
  file: string;
  fqdn: string;
  /** Undefined while it is TODO. */
  address?: string;
  ssh: Ssh;
  services: string[];
}

/** Every key of an environment that is still TODO. Throws only for an unknown environment. */
export function readOpenKeys(root: string, name: string, variables: Variables = {}): OpenKey[] {
  return openKeysOf(draftOf(root, name, variables));
}

/** The hosts of an environment that can be reached: their name is known, whatever else is open or wrong. */
export function readHostsForDiscovery(
  root: string,
  name: string,
  variables: Variables = {},
): HostForDiscovery[] {
  return draftOf(root, name, variables).hosts.flatMap(hostForDiscovery);
}

/**
 * Keys that are left out although the hosts may show another value than their default, as open keys; `value` is the
 * default. Of files that cannot be read there are none.
 */
export function readDefaultKeys(
  root: string,
  name: string,
  variables: Variables = {},
): (OpenKey & { value: unknown })[] {
  const { ingress, sso, contracts } = draftOf(root, name, variables);
  const loggingIn = contracts.filter(({ value }) => value?.reads.includes('sso'));
  const defaults = [
    { source: ingress, path: ['entrypoint'], value: 'websecure' },
    ...loggingIn.map((service) => {
      return { source: sso, path: ['applications', service.name], value: service.name };
    }),
  ];
  return defaults
    .filter(({ source, path }) => source.content !== undefined && !hasKey(source.content, path))
    .map(({ source, path, value }) => {
      const { line = 1, column = 1 } = source.where([]);
      return { file: source.file, key: path.join('.'), path, line, column, value };
    });
}

/** What is wrong with a value for an open key, in words of its own file; undefined when it is allowed there. */
export function checkAnswer(
  root: string,
  name: string,
  answer: Answer,
  variables: Variables = {},
): string | undefined {
  if (answer.value === 'TODO') return 'TODO leaves it open: answer nothing';
  const draft = readDraft(root, name, { variables, answers: [answer] });
  const source = sourcesOf(draft).find(({ file }) => file === answer.file);
  const isOfKey = (key = '') => key === answer.key || key.startsWith(`${answer.key}.`);
  return source?.errors.find(({ where }) => isOfKey(where.key))?.what;
}

function hasKey(content: unknown, path: readonly string[]): boolean {
  return valueAt(content, path) !== undefined;
}

function draftOf(root: string, name: string, variables: Variables) {
  resolveEnvironmentName({ configuration: name, variables: {} }, environmentNames(root));
  return readDraft(root, name, { variables });
}

function hostForDiscovery(source: Source<Host>): HostForDiscovery[] {
  const isWrong = (key: string) =>
    source.errors.some(({ where }) => where.key?.split('.')[0] === key);
  const text = (key: string) => {
    const value = valueAt(source.content, [key]);
    return typeof value === 'string' && value !== 'TODO' && !isWrong(key) ? value : undefined;
  };
  const fqdn = text('fqdn');
  if (fqdn === undefined) return [];
  const ssh = sshSchema.safeParse(valueAt(source.content, ['ssh']) ?? {});
  return [
    {
      name: source.name,
      file: source.file,
      fqdn,
      address: text('address'),
      ssh: ssh.success ? ssh.data : {},
      services: servicesOf(source),
    },
  ];
}
